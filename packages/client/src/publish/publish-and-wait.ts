import type { Published, PublishOptions } from '../bus.js'
import { SyncError } from '../errors.js'
import { monotonicMs } from '../timing/tick.js'
import type { OutcomeDesk } from './outcome-desk.js'
import { checkedTimeout, type Publisher } from './publisher.js'

/** `publish` with `waitFor`: the event is stored first, as any event, and asked after for what is left of the time. @throws SyncError. */
export async function publishAndWait(
  { publisher, outcomes }: { readonly publisher: Publisher; readonly outcomes: OutcomeDesk },
  topic: string,
  payload: unknown,
  { waitFor, ...options }: PublishOptions,
): Promise<Published> {
  if (waitFor !== 'delivered') throw new SyncError('invalid_request', 'The option `waitFor` takes `delivered`, or is left out.')
  const until = monotonicMs() + checkedTimeout(options.timeoutMs)
  const published = await publisher.publish(topic, payload, options)
  const { id, position } = published
  const left = Math.max(0, until - monotonicMs())
  return { ...published, outcomes: await outcomes.wait({ topic, id, position }, left, options.signal) }
}
