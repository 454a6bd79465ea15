import type { GroupInfo } from '@hms-sync/client'
import type { Engine } from '../../engines/engine.js'
import { formatCursor } from '../../event.js'
import { readFirst } from '../../publish/read-event.js'
import type { Store } from '../../store/store.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Group } from './group.js'

/** A group as operators see it. Lag counts offsets, which on engines with holes between them is an upper bound. */
export async function describeGroup(
  group: Group,
  { engine, store }: { readonly engine: Engine; readonly store: Store },
): Promise<GroupInfo> {
  const topics = await Promise.all(
    group.topics().map((name) =>
      describeTopic(
        group.consumptions.filter((one) => one.topic.name === name),
        group.name,
        engine,
      ),
    ),
  )
  const deadLetters = await store.countDeadLetters({ group: group.name, state: 'open' })
  return { name: group.name, members: group.members, topics, health: group.verdicts.target?.health() ?? null, deadLetters }
}

async function describeTopic(parts: readonly Consumption[], group: string, engine: Engine): Promise<GroupInfo['topics'][number]> {
  const { topic } = parts[0]!
  const byPartition = [...parts].sort((a, b) => a.partition - b.partition)
  const oldest = (await Promise.all(byPartition.map((one) => oldestWaiting(one, engine)))).filter((time) => time !== null)
  const errors = byPartition.map((one) => one.lastError).filter((error) => error !== null)
  const lastError = errors.sort((a, b) => b.at - a.at)[0]
  return {
    topic: topic.name,
    declared: topic.config.consumers?.includes(group) ?? false,
    lag: sum(byPartition, lag),
    oldestWaiting: oldest.length === 0 ? null : new Date(Math.min(...oldest)).toISOString(),
    inFlight: sum(byPartition, (one) => one.inFlight),
    retrying: sum(byPartition, (one) => one.retrying),
    delivered: sum(byPartition, (one) => one.counts.delivered),
    failed: sum(byPartition, (one) => one.counts.failed),
    dead: sum(byPartition, (one) => one.counts.dead),
    parked: sum(byPartition, (one) => one.aftermath.parked),
    lastError: lastError === undefined ? null : { at: new Date(lastError.at).toISOString(), reason: lastError.reason },
    cursor: formatCursor({ incarnation: topic.incarnation, next: byPartition.map((one) => one.cursor) }),
  }
}

function lag(one: Consumption): number {
  const { cursor, ahead } = one.place()
  const end = one.topic.tails[one.partition]!.next
  if (end <= cursor) return 0
  return Number(end - cursor - ahead.reduce((settled, range) => settled + (range.last - range.first + 1n), 0n))
}

async function oldestWaiting(one: Consumption, engine: Engine): Promise<number | null> {
  if (lag(one) === 0) return null
  const recent = one.topic.tails[one.partition]!.take(one.cursor, 1)
  if (recent !== null) return recent[0]?.received ?? null
  const [event] = await readFirst(engine, one.topic.name, one.partition, one.cursor, new AbortController(), 1)
  return event?.received ?? null
}

function sum(parts: readonly Consumption[], of: (one: Consumption) => number): number {
  return parts.reduce((total, one) => total + of(one), 0)
}
