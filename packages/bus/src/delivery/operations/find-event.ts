import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import { Gap } from '../../engines/engine.js'
import type { Offset, StoredEvent } from '../../event.js'
import { Outgoing } from '../../publish/outgoing.js'
import type { Topic } from '../../publish/topic.js'

export interface FoundEvent {
  readonly topic: Topic
  readonly partition: number
  readonly offset: Offset
  readonly event: Outgoing
}

/** Our own ids carry the time of their making; the bus received them about then. */
const timeOfOwnId = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const clockSlackMs = 5 * 60_000
/** A look through a log ends after so long. */
const maxSearchMs = 20_000
/** Events of one id in different topics or of different sources. */
const maxFound = 20

/**
 * Events by their id alone. No index is kept for it, since every publish would pay for one: an id that carries its time is
 * looked up around that time, any other by reading the log from its start, for a bounded time.
 */
export async function findEvents(engine: Engine, clock: Clock, topics: readonly Topic[], id: string): Promise<readonly FoundEvent[]> {
  const until = clock.monotonic() + maxSearchMs
  const found: FoundEvent[] = []
  const own = timeOfOwnId.exec(id)
  for (const topic of topics) {
    for (const tail of topic.tails) {
      const madeAt = own === null ? null : Number.parseInt(`${own[1]}${own[2]}`, 16)
      const near =
        madeAt === null
          ? null
          : await search(engine, clock, topic, tail.partition, id, until, [madeAt - clockSlackMs, madeAt + clockSlackMs])
      const events = near !== null && near.length > 0 ? near : await search(engine, clock, topic, tail.partition, id, until, null)
      for (const event of events) {
        const outgoing = new Outgoing(topic.frame, tail.partition, event)
        found.push({ topic, partition: tail.partition, offset: event.offset, event: outgoing })
        if (found.length === maxFound) return found
      }
      if (near !== null && near.length > 0) return found
    }
  }
  return found
}

async function search(
  engine: Engine,
  clock: Clock,
  topic: Topic,
  partition: number,
  id: string,
  until: number,
  between: readonly [number, number] | null,
): Promise<readonly StoredEvent[]> {
  const end = topic.tails[partition]!.next
  const from = between === null ? (await engine.span(topic.name))[partition]!.first : await engine.locate(topic.name, partition, between[0])
  if (from >= end) return []
  const abort = new AbortController()
  const found: StoredEvent[] = []
  try {
    for await (const batch of engine.read(topic.name, partition, from, abort.signal)) {
      for (const event of batch.events) if (event.id === id) found.push(event)
      const last = batch.events.at(-1)!
      if (batch.next >= end || (between !== null && last.received > between[1]) || clock.monotonic() > until) break
    }
  } catch (error) {
    if (!(error instanceof Gap)) throw error
  } finally {
    abort.abort()
  }
  return found
}
