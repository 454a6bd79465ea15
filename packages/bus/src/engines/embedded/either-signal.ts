/**
 * A signal that aborts when one of two does, and can be let go. `AbortSignal.any` keeps a trace of every read in the signal
 * that lives as long as the engine.
 */
export function eitherSignal(one: AbortSignal, other: AbortSignal): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const abort = (): void => {
    // Whoever aborts a read that is not asked for more never comes to let it go.
    release()
    controller.abort(one.aborted ? one.reason : other.reason)
  }
  const release = (): void => {
    one.removeEventListener('abort', abort)
    other.removeEventListener('abort', abort)
  }
  one.addEventListener('abort', abort, { once: true })
  other.addEventListener('abort', abort, { once: true })
  if (one.aborted || other.aborted) abort()
  return { signal: controller.signal, release }
}
