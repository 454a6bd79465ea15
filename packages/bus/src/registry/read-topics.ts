import type { LocatedYaml, Path } from '@hms-sync/adapter/yaml'
import { parseDuration, SyncError } from '@hms-sync/client'
import type { Durability } from '../engines/engine.js'
import type { ConfigFault, SchemaFile, TopicConfig } from './config.js'
import { Shape } from './shape.js'
import { type RawTopic, topicNamePattern, topicSchema } from './topics-schema.js'

export interface TopicsRead {
  /** The topics without their schema files, in the order of the file. */
  readonly topics: readonly TopicConfig[]
  readonly faults: readonly ConfigFault[]
  readonly remarks: readonly string[]
}

/** Reads `topics.yaml`. A topic with a fault is left out of `topics` and named in `faults`. */
export function readTopics(yaml: LocatedYaml): TopicsRead {
  if (yaml.faults.length > 0) return { topics: [], faults: yaml.faults, remarks: [] }
  if (yaml.value === null) return { topics: [], faults: [], remarks: [] }
  if (typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    const message = 'This file holds topics by name. Write a name, a colon, and its settings indented below it.'
    return { topics: [], faults: [yaml.faultAt([], message)], remarks: [] }
  }
  const topics: TopicConfig[] = []
  const faults: ConfigFault[] = []
  const remarks: string[] = []
  for (const [name, settings] of Object.entries(yaml.value)) {
    const raw: RawTopic = settings ?? {}
    const found = [...nameFaults(name, yaml), ...shape.faults(raw, yaml, [name])]
    const topic = found.length === 0 ? toTopic(name, raw, (key, message) => found.push(yaml.faultAt([name, key], message))) : null
    faults.push(...found)
    if (topic === null || found.length > 0) continue
    topics.push(topic)
    remarks.push(...withoutEffect(name, raw, yaml))
  }
  return { topics, faults, remarks }
}

/** The settings of one topic with every default in; contradictions go to `fault`. `raw` fits the schema. */
export function toTopic(name: string, raw: RawTopic, fault: (key: keyof RawTopic, message: string) => void): TopicConfig {
  const schemaVersion = raw.schema === undefined ? null : Number(raw.schema.slice(1))
  if (schemaVersion !== null && raw.version !== undefined && schemaVersion !== raw.version) {
    fault('version', `This contradicts schema: ${raw.schema}. Keep one of the two.`)
  }
  const duration = (key: 'retention' | 'dedupeWindow') => durationOf(raw[key], (message) => fault(key, message))
  const retentionMs = duration('retention') ?? 0
  const dedupeWindowMs = duration('dedupeWindow') ?? Math.min(dayMs, retentionMs)
  if (dedupeWindowMs > retentionMs && retentionMs > 0) {
    fault(
      'dedupeWindow',
      `This is longer than retention (${raw.retention}): an id cannot outlive its event. Write ${raw.retention} or less.`,
    )
  }
  return {
    name,
    qos: raw.qos ?? 'at_least_once',
    retentionMs,
    version: schemaVersion ?? raw.version ?? null,
    schemas: [] as readonly SchemaFile[],
    producers: raw.producers ?? null,
    consumers: raw.consumers ?? null,
    key: raw.key?.split('.') ?? null,
    partitions: raw.partitions ?? 1,
    dedupeWindowMs,
    maxBytes: raw.maxBytes === undefined ? null : sizeOf(raw.maxBytes),
    durability: (raw.durability as Durability | undefined) ?? null,
    onFailure: raw.onFailure ?? (raw.key === undefined ? 'skip' : 'supersede'),
    conflict: raw.conflict ?? null,
    description: raw.description ?? '',
  }
}

/** The one check of a single topic's settings, shared with whoever writes them. Fills the defaults in. */
export const shape = new Shape(topicSchema, 'a topic')

const dayMs = 86_400_000
const topicName = new RegExp(topicNamePattern)

/** What is wrong with a name, or null. */
export function topicNameFault(name: string): string | null {
  if (topicName.test(name)) return null
  if (name.startsWith('hms.sync.')) return 'Names that begin with hms.sync. belong to the bus. Choose another.'
  return 'This is not a topic’s name. Write letters, digits, dots, dashes and underscores, beginning with a letter or digit, at most 200.'
}

function nameFaults(name: string, yaml: LocatedYaml): readonly ConfigFault[] {
  const message = topicNameFault(name)
  return message === null ? [] : [yaml.faultAt([name], message, 'key')]
}

function durationOf(text: string | undefined, fault: (message: string) => void): number | null {
  if (text === undefined) return null
  try {
    const ms = parseDuration(text)
    if (ms < 1_000) fault('This is too short. Write 1s or more.')
    return ms
  } catch (error) {
    if (!(error instanceof SyncError)) throw error
    fault('This is longer than ten years. Write 3650d or less.')
    return null
  }
}

const units = { KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824, TiB: 1_099_511_627_776 } as const

function sizeOf(size: number | string): number {
  if (typeof size === 'number') return size
  const unit = size.slice(-3) as keyof typeof units
  return Number(size.slice(0, -3)) * units[unit]
}

/** What is accepted and changes nothing. */
function withoutEffect(name: string, raw: RawTopic, yaml: LocatedYaml): readonly string[] {
  const at = (key: keyof RawTopic) => `${yaml.file}:${yaml.lineOf([name, key] satisfies Path)}: ${key} of ${name}`
  return [
    ...(raw.conflict === undefined ? [] : [`${at('conflict')} is accepted and has no effect in this version yet.`]),
    ...(raw.key === undefined && (raw.onFailure === 'park' || raw.onFailure === 'supersede')
      ? [`${at('onFailure')} has no effect: the topic has no key whose later events could wait or be newer.`]
      : []),
  ]
}
