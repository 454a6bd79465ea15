import { type EventTrace, SyncError, type WireEvent } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Topic } from '../../publish/topic.js'
import type { Store } from '../../store/store.js'
import type { Groups } from '../groups/groups.js'
import { type FoundEvent, findEvents } from './find-event.js'
import { outcomeSoFar } from './outcomes.js'
import { triesOf } from './tries-of.js'

export interface TraceParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly groups: Groups
}

const maxTries = 200

/** What became of an event in every group that takes its topic. @throws SyncError `not_found`. */
export async function traceEvent(parts: TraceParts, topics: readonly Topic[], id: string): Promise<readonly EventTrace[]> {
  const found = await findEvents(parts.engine, parts.clock, topics, id)
  if (found.length === 0) {
    throw new SyncError(
      'not_found',
      `No event with the id "${id.slice(0, 100)}" is in the log of ${topics
        .map((topic) => topic.name)
        .join(', ')
        .slice(
          0,
          300,
        )}. It may have been trimmed; \`hms-sync deliveries --event ${id.slice(0, 100)}\` looks into what is remembered of its deliveries.`,
    )
  }
  return Promise.all(found.map((one) => traceOf(parts, one)))
}

async function traceOf({ groups, store }: TraceParts, { topic, partition, offset, event }: FoundEvent): Promise<EventTrace> {
  const place = { topic: topic.name, partition, offset }
  const tries = await triesOf(store, place, undefined, maxTries)
  const traced = groups.of(topic).map(async (group) => {
    const outcome = await outcomeSoFar(groups.get(group), store, place)
    const letter = await store.deadLetterOf(group, place)
    return {
      ...outcome,
      group,
      tries: tries.filter((attempt) => attempt.group === group),
      deadLetter: letter === null ? null : String(letter.number),
    }
  })
  return { topic: topic.name, event: JSON.parse(event.wire) as WireEvent, groups: await Promise.all(traced) }
}
