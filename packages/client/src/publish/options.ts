import type { PublishOptions } from '../bus.js'
import { SyncError } from '../errors.js'
import { didYouMean } from '../nearest.js'

/** What a publish has that was given none: one object for all, so that such a publish makes and checks nothing. */
export const noOptions: PublishOptions = Object.freeze({})

const known = {
  id: true,
  key: true,
  version: true,
  time: true,
  type: true,
  qos: true,
  traceparent: true,
  waitFor: true,
  timeoutMs: true,
  signal: true,
} as const satisfies Record<keyof PublishOptions, true>
const names: ReadonlySet<string> = new Set(Object.keys(known))

/** JavaScript has nobody to tell of a misspelt option: the event would be stored without it. @throws SyncError `invalid_request`. */
export function checkOptions(options: PublishOptions): void {
  if (options === noOptions) return
  // A list of the names would be made for every event; this walks over them.
  for (const name in options) if (!names.has(name)) throw unknown(name)
}

function unknown(name: string): SyncError {
  const text = `publish() has no option \`${name.slice(0, 60)}\`.${didYouMean(name, names)}`
  return new SyncError('invalid_request', `${text} There are ${[...names].join(', ')}.`)
}
