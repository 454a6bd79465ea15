import { closeSync, openSync } from 'node:fs'
import type { Log } from '../observe/log.js'

/** npx hands Ctrl-C on that the terminal has sent already: what comes so soon is the same one. */
const sameSignalMs = 500

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. SIGHUP reloads meanwhile, unless
 * it came because the terminal was closed: then it stops, too.
 */
export function untilAskedToStop(on: { reload(): Promise<void>; readonly log: Log }): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null
    const stop = (): void => {
      if (firstAt === null) {
        firstAt = performance.now()
        on.log.info({}, 'Stopping: no new events; what is under way is finished or handed back. Once more stops at once.')
        resolve()
      } else if (performance.now() - firstAt > sameSignalMs) process.exit(1)
    }
    let reloading = Promise.resolve()
    process.on('SIGTERM', stop).on('SIGINT', stop)
    process.on('SIGHUP', () => {
      if (startedInTerminal && terminalIsGone()) return stop()
      reloading = reloading.then(() => on.reload())
    })
  })
}

const startedInTerminal = process.stdin.isTTY === true

function terminalIsGone(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return false
  } catch {
    return true
  }
}
