import { formatDuration, type TopicInfo } from '@hms-sync/client'
import type { Engine } from '../engines/engine.js'
import type { Topic } from '../publish/topic.js'

export async function describeTopic(topic: Topic, engine: Engine, groups: readonly string[]): Promise<TopicInfo> {
  const { config, counts } = topic
  const { events, bytes, firstReceived } = await measure(engine, topic.name)
  return {
    name: topic.name,
    description: config.description,
    qos: config.qos,
    key: config.key?.join('.') ?? null,
    retention: formatDuration(config.retentionMs),
    partitions: config.partitions,
    schema: config.version === null ? null : `v${config.version}`,
    unvalidated: config.version !== null && !topic.contracts.has(config.version),
    producers: config.producers,
    consumers: config.consumers,
    events,
    bytes,
    firstReceived: firstReceived === null ? null : new Date(firstReceived).toISOString(),
    published: counts.published,
    duplicates: counts.duplicates,
    unrouted: counts.unrouted,
    groups,
  }
}

/** What the log holds of a topic. */
export async function measure(engine: Engine, topic: string): Promise<{ events: number; bytes: number; firstReceived: number | null }> {
  const spans = await engine.span(topic)
  const received = spans.map((span) => span.firstReceived).filter((time) => time !== undefined)
  return {
    events: spans.reduce((sum, span) => sum + (span.events ?? 0), 0),
    bytes: spans.reduce((sum, span) => sum + (span.bytes ?? 0), 0),
    firstReceived: received.length === 0 ? null : Math.min(...received),
  }
}
