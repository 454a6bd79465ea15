import { type AdapterTest, type AdapterTestRequest, SyncError } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Clock } from '../clock.js'
import { encode } from '../publish/encode.js'
import { Outgoing } from '../publish/outgoing.js'
import type { TopicConfig } from '../registry/config.js'
import type { Principal } from '../security/principal.js'
import type { AdapterThread } from './adapter-thread.js'
import type { Loaded } from './protocol.js'

export interface AdapterTesting {
  readonly bus: Pick<SyncBus, 'read' | 'topicConfigs'>
  readonly clock: Clock
  readonly name: string
  readonly path: string
  /** A worker for this test alone: what goes wrong in it stops no adapter that runs. */
  readonly thread: AdapterThread
  /** The topics that an adapter which says this of itself receives. */
  readonly topicsOf: (loaded: Loaded) => readonly string[]
}

const maxEvents = 100
const timeoutMs = 30_000
const tester: Principal = { name: 'adapters-test' }

/**
 * Loads an adapter's file as it is now, whether or not it runs, and says what it would send. Sends nothing.
 * @throws SyncError `adapter_failed` with the file's faults; `invalid_request`, `unknown_topic`, `too_large` for events
 * that cannot be; `timeout`.
 */
export async function testAdapter(testing: AdapterTesting, request: AdapterTestRequest): Promise<readonly AdapterTest[]> {
  const { thread, clock, name, path } = testing
  const stop = new AbortController()
  let late = () => {}
  const tooLate = new Promise<never>((_, reject) => {
    late = () => reject(new SyncError('timeout', `The test of the adapter "${name}" took longer than ${timeoutMs / 1_000} s.`))
  })
  const timer = clock.after(timeoutMs, () => late())
  const work = async () => {
    const { id, loaded } = await thread.load(name, path)
    const topics = testing.topicsOf(loaded)
    const events =
      'since' in request
        ? await received(testing, { topics, since: request.since, signal: stop.signal })
        : given(testing, topics, request.events)
    return thread.test(id, events)
  }
  const worked = work()
  worked.catch(() => {})
  try {
    return await Promise.race([worked, tooLate])
  } finally {
    timer.cancel()
    stop.abort()
    await thread.close()
  }
}

/** Events as they would be if they were published now. */
function given(
  { bus, clock, name }: AdapterTesting,
  topics: readonly string[],
  events: Extract<AdapterTestRequest, { readonly events: unknown }>['events'],
): readonly string[] {
  if (events.length > maxEvents) throw new SyncError('too_large', `A test takes at most ${maxEvents} events; these are ${events.length}.`)
  const configs = new Map(bus.topicConfigs().map((config) => [config.name, config]))
  return events.map(({ topic: named, ...event }) => {
    const topic = named ?? topics[0]
    if (topic === undefined || (named === undefined && topics.length > 1)) {
      const list = topics.length === 0 ? 'It takes none now.' : `It takes ${topics.slice(0, 20).join(', ')}.`
      throw new SyncError('invalid_request', `Say of which topic the event is: the adapter "${name}" does not take exactly one. ${list}`)
    }
    const config = configs.get(topic)
    if (config === undefined) throw new SyncError('unknown_topic', `There is no topic "${topic.slice(0, 100)}".`)
    return asPublished(config, event, clock.now())
  })
}

function asPublished(config: TopicConfig, event: Parameters<typeof encode>[2], now: number): string {
  const { id, source, key, received, body } = encode({ config, contracts: new Map() }, tester.name, event, now)
  const frame = { topic: config.name, qos: config.qos, retentionMs: config.retentionMs }
  return new Outgoing(frame, 0, { id, source, key, received, body, offset: 0n }).wire
}

/** What the log received since then, the oldest first; of many topics a part of each. */
async function received(
  { bus }: AdapterTesting,
  { topics, since, signal }: { readonly topics: readonly string[]; readonly since: string; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const found: { readonly received: number; readonly wire: string }[] = []
  const most = Math.ceil(maxEvents / Math.max(1, topics.length))
  for (const topic of topics) {
    let left = most
    for await (const batch of bus.read(tester, { topic, since, untilNow: true, signal })) {
      if ('gap' in batch) continue
      for (const event of batch.events.slice(0, left)) found.push({ received: event.received, wire: event.wire })
      left = Math.max(0, left - batch.events.length)
      if (left === 0) break
    }
  }
  return found
    .sort((one, other) => one.received - other.received)
    .slice(0, maxEvents)
    .map(({ wire }) => wire)
}
