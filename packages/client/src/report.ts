import type { Report } from './answer.js'
import { SyncError } from './errors.js'

const maxCauses = 100

/**
 * What becomes of errors that nobody awaits: `onError`, or one line on the console for each new cause.
 * What `onError` itself throws is dropped: reporting must never end the process.
 */
export function reporter(onError: ((error: Error) => void) | undefined): Report {
  const tell = onError ?? consoleOncePerCause()
  return (error) => {
    try {
      tell(error)
    } catch {
      // Nobody is left to tell.
    }
  }
}

/** Says something worth knowing once: a process warning in Node, the console elsewhere. */
export function warn(text: string): void {
  const process = (globalThis as { process?: { emitWarning?: (text: string, type: string) => void } }).process
  if (typeof process?.emitWarning === 'function') process.emitWarning(text, 'HmsSync')
  else console.warn(`hms-sync: ${text}`)
}

function consoleOncePerCause(): Report {
  const told = new Set<string>()
  return (error) => {
    const line = error instanceof SyncError ? `${error.code}: ${error.message}` : `${error.name}: ${error.message}`
    const cause = error instanceof SyncError ? `${error.code} ${withoutIds(error.message)}` : line
    if (told.has(cause) || told.size >= maxCauses) return
    told.add(cause)
    console.error(`hms-sync: ${oneLine(line)}`)
  }
}

/** Ids and numbers differ from message to message; the cause is the same. */
function withoutIds(text: string): string {
  return text.replace(/"[^"]*"|[0-9a-f-]{8,}|\d+/g, '#')
}

function oneLine(text: string): string {
  // Control characters (category Cc) must not reach a terminal.
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 1_000)
}
