import { setMaxListeners } from 'node:events'

/**
 * A signal that aborts when one of two does, and can be let go. `AbortSignal.any` keeps a trace of every read in the signal
 * that lives as long as the engine.
 */
export function eitherSignal(one: AbortSignal, other: AbortSignal): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(one.aborted ? one.reason : other.reason)
  if (one.aborted || other.aborted) abort()
  // Hundreds of reads may share one signal: no leak, for each lets go.
  setMaxListeners(0, one, other)
  one.addEventListener('abort', abort, { once: true })
  other.addEventListener('abort', abort, { once: true })
  const release = (): void => {
    one.removeEventListener('abort', abort)
    other.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, release }
}
