import { SyncError } from '@hms-sync/client'
import { plain, say } from './output.js'

/** The command line cannot be right, whatever the bus says: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** What is at fault of this configuration was typed on the command line: that is wrong use. */
export function asWrongUse(error: unknown, typed: (place: string) => boolean): unknown {
  if (!(error instanceof SyncError) || !('configFaults' in error)) return error
  const faults = error.configFaults as readonly { readonly file: string }[]
  return faults.some(({ file }) => typed(file)) ? new WrongUse(error.message, { cause: error }) : error
}

/** Says what failed, where, and what to do; with `json` as one document. Answers the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const code = error instanceof WrongUse ? 2 : 1
  const message = error instanceof Error ? error.message : String(error)
  const faults = faultLines(error)
  if (json) {
    const name = error instanceof SyncError ? error.code : error instanceof WrongUse ? 'wrong_use' : 'failed'
    const details = error instanceof SyncError && error.faults.length > 0 ? { errors: error.faults } : {}
    say(JSON.stringify({ error: { code: name, message, ...details } }))
    return code
  }
  say(`hms-sync: ${message.split('\n').map(plain).join('\n')}`)
  for (const line of faults) say(`  ${line}`)
  if (process.env.HMS_SYNC_DEBUG && error instanceof Error && error.stack) say(error.stack)
  return code
}

/** One line a fault: where in the payload, and what is wrong with it. None for what the message itself says. */
export function faultLines(error: unknown): readonly string[] {
  if (!(error instanceof SyncError)) return []
  const [first, second] = error.faults
  if (first !== undefined && second === undefined && error.message === `${first.pointer} ${first.message}.`) return []
  return error.faults.map(({ pointer, message }) => plain(`${pointer === '' ? '(payload)' : pointer}: ${message}`))
}
