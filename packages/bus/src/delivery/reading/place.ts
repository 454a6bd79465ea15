import { parseDuration, SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset } from '../../event.js'
import type { Topic } from '../../publish/topic.js'

/**
 * A place in a topic, named as users name it: `now`, `all`, a duration back from now, or an ISO time. One offset a
 * partition. @throws SyncError `invalid_request`.
 */
export async function findPlace(engine: Engine, clock: Clock, topic: Topic, name: string): Promise<readonly Offset[]> {
  if (name === 'now') return topic.tails.map((tail) => tail.next)
  if (name === 'all') return (await engine.span(topic.name)).map((span) => span.first)
  const timeMs = parseTime(name, clock)
  return Promise.all(topic.tails.map((tail) => engine.locate(topic.name, tail.partition, timeMs)))
}

/** @throws SyncError `invalid_request` naming the forms it may have. */
export function parseTime(text: string, clock: Clock): number {
  if (/^\d{4}-/.test(text)) {
    const ms = Date.parse(text)
    if (!Number.isNaN(ms)) return ms
  } else {
    try {
      return clock.now() - parseDuration(text)
    } catch {
      // The message below names every form.
    }
  }
  throw new SyncError(
    'invalid_request',
    `"${text.slice(0, 60)}" is no place in time. Write a duration (10m, 2h, 7d), an ISO time (2024-04-23T15:02:11Z), all, or now.`,
  )
}
