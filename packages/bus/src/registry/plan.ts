import { formatDuration } from '@hms-sync/client'
import type { TopicConfig } from './config.js'
import { contentOf } from './snapshot.js'

/** What applying another registry would change. */
export interface PlannedChange {
  readonly topic: string
  readonly what: string
  /** Set when data would be lost: what, and how to accept it. Nothing is applied then. */
  readonly refused?: string
  /** The loss cannot be accepted. */
  readonly final?: true
}

/** What the log holds of a topic now. */
export interface TopicFacts {
  readonly events: number
  readonly bytes: number
  /** Receive time of the oldest event, ms since 1970; null when there is none or it is not known. */
  readonly firstReceived: number | null
}

export interface PlanFacts {
  /** ms since 1970. */
  readonly now: number
  /** By topic. A topic that is not in it holds nothing. */
  readonly topics: ReadonlyMap<string, TopicFacts>
}

/**
 * What taking up `wanted` in place of `applied` would change, topic by topic in the order of `wanted`, removed topics last. Changes that
 * would lose events carry `refused`, which says what is lost and how to accept it; a change that cannot be accepted at all says so.
 */
export function planChanges(applied: readonly TopicConfig[], wanted: readonly TopicConfig[], facts: PlanFacts): readonly PlannedChange[] {
  const before = new Map(applied.map((topic) => [topic.name, topic]))
  const kept = new Set(wanted.map((topic) => topic.name))
  return [
    ...wanted.flatMap((topic) => {
      const old = before.get(topic.name)
      return old === undefined ? [newTopic(topic)] : changesOf(old, topic, facts)
    }),
    ...applied.filter((topic) => !kept.has(topic.name)).map((topic) => removedTopic(topic, facts.topics.get(topic.name))),
  ]
}

function newTopic({ name, retentionMs, consumers }: TopicConfig): PlannedChange {
  const owed = consumers === null || consumers.length === 0 ? '' : `, owed to ${consumers.join(', ')} from now on`
  return { topic: name, what: `new topic, retention ${formatDuration(retentionMs)}${owed}` }
}

function removedTopic({ name }: TopicConfig, held: TopicFacts | undefined): PlannedChange {
  const what = 'topic removed'
  if (held === undefined || held.events === 0) return { topic: name, what }
  return {
    topic: name,
    what,
    refused: `${counted(held.events)} of ${name} would be lost. To keep the topic: hms-sync topics add ${name}. ${acceptLoss(name)}`,
  }
}

function changesOf(old: TopicConfig, topic: TopicConfig, { now, topics }: PlanFacts): readonly PlannedChange[] {
  const held = topics.get(topic.name) ?? { events: 0, bytes: 0, firstReceived: null }
  const changes = [
    retention(old, topic, held, now),
    partitions(old, topic),
    maxBytes(old, topic, held),
    ...consumers(old, topic),
    producers(old, topic),
    differs(
      old.key?.join('.'),
      topic.key?.join('.'),
      'key',
      'none',
      'events already stored keep theirs, so order between old and new ones is not kept',
    ),
    differs(version(old), version(topic), 'schema', 'none'),
    schemaFiles(old, topic),
    differs(old.qos, topic.qos, 'qos', ''),
    dedupeWindow(old, topic),
    differs(old.durability, topic.durability, 'durability', 'what the engine gives'),
    differs(old.onFailure, topic.onFailure, 'onFailure', ''),
    differs(old.conflict, topic.conflict, 'conflict', 'none'),
    old.description === topic.description ? null : { what: 'description changed' },
  ]
  return changes.filter((change) => change !== null).map((change) => ({ topic: topic.name, ...change }))
}

type Change = Omit<PlannedChange, 'topic'> | null

function retention(old: TopicConfig, topic: TopicConfig, held: TopicFacts, now: number): Change {
  if (old.retentionMs === topic.retentionMs) return null
  const what = `retention ${formatDuration(topic.retentionMs)} instead of ${formatDuration(old.retentionMs)}`
  if (topic.retentionMs > old.retentionMs || held.events === 0) return { what }
  const oldest = held.firstReceived
  // Where the age of the oldest event is not known, some may be too old: better asked than lost.
  if (oldest !== null && oldest >= now - topic.retentionMs) return { what }
  const since = oldest === null ? '' : `; the oldest was received ${new Date(oldest).toISOString()}`
  return {
    what,
    refused: `Events of ${topic.name} older than ${formatDuration(topic.retentionMs)} could no longer be replayed${since}. ${acceptLoss(topic.name)}`,
  }
}

function partitions(old: TopicConfig, topic: TopicConfig): Change {
  if (old.partitions === topic.partitions) return null
  const what = `${topic.partitions} partitions instead of ${old.partitions}`
  if (topic.partitions > old.partitions)
    return { what: `${what}; keys move, and order per key holds once what waits now has been delivered` }
  const refused = `Partitions cannot be taken away: the events of ${topic.name} in the last ones would be lost. This cannot be accepted. Write partitions: ${old.partitions} or more, or publish to a new topic.`
  return { what, refused, final: true }
}

function maxBytes(old: TopicConfig, topic: TopicConfig, held: TopicFacts): Change {
  if (old.maxBytes === topic.maxBytes) return null
  const what = `maxBytes ${topic.maxBytes ?? 'unbounded'} instead of ${old.maxBytes ?? 'unbounded'}`
  if (topic.maxBytes === null || held.bytes <= topic.maxBytes) return { what }
  const refused = `${topic.name} holds ${held.bytes} bytes, and its oldest events would be lost down to ${topic.maxBytes}, even ones that are owed. ${acceptLoss(topic.name)}`
  return { what, refused }
}

function consumers(old: TopicConfig, topic: TopicConfig): readonly Change[] {
  const [before, after] = [new Set(old.consumers), new Set(topic.consumers)]
  return [
    ...[...after].filter((name) => !before.has(name)).map((name) => ({ what: `new consumer ${name}, owed every event from now on` })),
    ...[...before]
      .filter((name) => !after.has(name))
      .map((name) => ({ what: `consumer ${name} removed; what it is owed is kept until \`hms-sync groups delete ${name}\`` })),
    ...openness('consumers', 'readable', old.consumers, topic.consumers),
  ]
}

function producers(old: TopicConfig, topic: TopicConfig): Change {
  const [opened] = openness('producers', 'publishable', old.producers, topic.producers)
  if (opened !== undefined) return opened
  const [before, after] = [old.producers?.join(', ') ?? '', topic.producers?.join(', ') ?? '']
  return before === after ? null : { what: `producers ${after || 'nobody'} instead of ${before || 'nobody'}` }
}

function openness(
  key: string,
  verb: string,
  old: readonly string[] | null,
  now: readonly string[] | null,
): readonly Exclude<Change, null>[] {
  if ((old === null) === (now === null)) return []
  return [{ what: now === null ? `${verb} by everybody: the list of ${key} is gone` : `${verb} only by its list of ${key}` }]
}

function dedupeWindow(old: TopicConfig, topic: TopicConfig): Change {
  if (old.dedupeWindowMs === topic.dedupeWindowMs) return null
  return { what: `dedupeWindow ${formatDuration(topic.dedupeWindowMs)} instead of ${formatDuration(old.dedupeWindowMs)}` }
}

/** The file of a version that events were checked against says something else now. */
function schemaFiles(old: TopicConfig, topic: TopicConfig): Change {
  const before = new Map(old.schemas.map((schema) => [schema.version, contentOf(schema)]))
  const after = new Map(topic.schemas.map((schema) => [schema.version, contentOf(schema)]))
  const parts = [
    ...[...after].filter(([v, text]) => before.has(v) && before.get(v) !== text).map(([v]) => `v${v} changed`),
    ...[...after.keys()].filter((v) => !before.has(v)).map((v) => `v${v} added`),
    ...[...before.keys()].filter((v) => !after.has(v)).map((v) => `v${v} removed`),
  ]
  return parts.length === 0 ? null : { what: `schema files: ${parts.join(', ')}` }
}

function differs(old: string | null | undefined, now: string | null | undefined, key: string, absent: string, remark?: string): Change {
  if ((old ?? null) === (now ?? null)) return null
  return { what: `${key} ${now ?? absent} instead of ${old ?? absent}${remark === undefined ? '' : `; ${remark}`}` }
}

function version(topic: TopicConfig): string | null {
  return topic.version === null ? null : `v${topic.version}`
}

function counted(events: number): string {
  return events === 1 ? '1 event' : `${events} events`
}

function acceptLoss(topic: string): string {
  return `To accept the loss: hms-sync topics apply --accept-loss ${topic}; while no bus runs: hms-sync serve --accept-loss ${topic}`
}
