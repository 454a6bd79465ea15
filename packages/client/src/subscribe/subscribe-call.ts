import type { MessageHandler, SubscribeOptions } from '../bus.js'
import { SyncError } from '../errors.js'
import { isName } from '../names.js'
import type { Asked } from './local-subscription.js'
import type { Topics } from './topics.js'
import { everyTopic, readTopics } from './topics.js'

/**
 * Reads the three forms of `subscribe`: topics, topics with a handler, a handler alone for all topics.
 * @throws SyncError `invalid_request` for options that contradict each other.
 */
export function readSubscribeCall(name: string | null, first: unknown, second: unknown, third: unknown): Asked {
  const [topics, handler, options] = forms(first, second, third)
  const group = options.group === undefined ? name : options.group
  checkOptions(options, group)
  return { topics, group, handler, options }
}

function forms(first: unknown, second: unknown, third: unknown): [Topics, MessageHandler | null, SubscribeOptions] {
  if (typeof first === 'function') return [everyTopic, first as MessageHandler, readOptions(second)]
  const handler = typeof second === 'function' ? (second as MessageHandler) : null
  const options = readOptions(handler === null ? second : third)
  return [readTopics(first, options.declared === true), handler, options]
}

function readOptions(options: unknown): SubscribeOptions {
  if (options === undefined) return {}
  if (typeof options === 'object' && options !== null) return options
  throw new SyncError('invalid_request', 'The options of subscribe() must be an object, such as { group: "city-health" }.')
}

function checkOptions(options: SubscribeOptions, group: string | null): void {
  const { maxAttempts } = options
  if (maxAttempts !== undefined && !(Number.isSafeInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 1_000_000)) {
    throw new SyncError('invalid_request', 'The option `maxAttempts` must be a whole number from 1 to 1,000,000.')
  }
  for (const place of ['from', 'since'] as const) {
    if (options[place] === undefined || isName(options[place])) continue
    throw new SyncError('invalid_request', `The option \`${place}\` must be a text such as "all" or "10m".`)
  }
  if (options.until !== undefined && options.until !== 'now') {
    throw new SyncError('invalid_request', 'The option `until` can only be "now".')
  }
  if (group !== null) checkGroup(options, group)
  else checkNameless(options)
  const { concurrency, ackTimeoutMs } = options
  if (concurrency !== undefined && !(Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= 10_000)) {
    throw new SyncError('invalid_request', 'The option `concurrency` must be a whole number from 1 to 10,000.')
  }
  if (ackTimeoutMs !== undefined && !(Number.isSafeInteger(ackTimeoutMs) && ackTimeoutMs >= 100 && ackTimeoutMs <= 86_400_000)) {
    throw new SyncError('invalid_request', 'The option `ackTimeoutMs` must be whole milliseconds from 100 to 86,400,000 (a day).')
  }
}

/** What belongs to groups means nothing without one. */
function checkNameless(options: SubscribeOptions): void {
  for (const option of ['from', 'declared', 'policy', 'maxAttempts'] as const) {
    if (options[option] === undefined) continue
    const use = option === 'from' ? 'says where a new group starts' : 'is for groups'
    throw new SyncError('invalid_request', `\`${option}\` ${use}, and there is no group. Give \`group\`, or read with \`since\`.`)
  }
}

function checkGroup(options: SubscribeOptions, group: string): void {
  if (!isName(group))
    throw new SyncError('invalid_request', 'The option `group` must be a name of at most 512 characters, or null for none.')
  for (const option of ['since', 'until'] as const) {
    if (options[option] === undefined) continue
    const shown = JSON.stringify(group)
    throw new SyncError(
      'invalid_request',
      `\`${option}\` is for reading without a group, and this subscription is of the group ${shown}, which keeps its own place. Move the group with \`hms-sync groups seek\`, or read without it: { group: null }.`,
    )
  }
}
