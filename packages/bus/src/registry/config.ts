/** The typed configuration: what the files mean once every fault is mended and every default is in. */
import type { FileFault } from '@hms-sync/adapter/yaml'
import type { Qos } from '@hms-sync/client'
import type { Durability } from '../engines/engine.js'
import type { Environment } from './environment.js'

export type OnFailure = 'supersede' | 'park' | 'skip'
export type ConflictPolicy = 'last_write_wins' | 'version_check' | 'merge' | 'source_priority' | 'review'

export interface TopicConfig {
  readonly name: string
  readonly qos: Qos
  readonly retentionMs: number
  /** The number of `schema: vN`; null when the topic names none. */
  readonly version: number | null
  /** The schemas found for the topic, by version. Empty with `version` set: the topic is *unvalidated*. */
  readonly schemas: readonly SchemaFile[]
  /** null: open to all. */
  readonly producers: readonly string[] | null
  readonly consumers: readonly string[] | null
  /** Path in the payload, split at its dots; null: no order. */
  readonly key: readonly string[] | null
  readonly partitions: number
  readonly dedupeWindowMs: number
  readonly maxBytes: number | null
  /** The least that an acknowledged event must survive; null: whatever the engine gives. */
  readonly durability: Durability | null
  readonly onFailure: OnFailure
  readonly conflict: ConflictPolicy | null
  readonly description: string
}

export interface SchemaFile {
  readonly version: number
  /** Absolute path, for messages. */
  readonly path: string
  readonly text: string
}

/** A value and where it came from, for `hms-sync doctor`. */
export interface Setting<T> {
  readonly value: T
  readonly from: 'flag' | 'environment' | 'file' | 'default'
  /** The flag's or variable's name, or file:line. */
  readonly where: string
}

export interface BusConfig {
  readonly folder: string
  readonly data: Setting<string>
  readonly host: Setting<string>
  readonly port: Setting<number>
  /** `embedded` or a broker's URL. */
  readonly engine: Setting<string>
  readonly logLevel: Setting<'debug' | 'info' | 'warn' | 'error' | 'silent'>
  /** Topics come into being at first publish. */
  readonly dev: boolean
  readonly limits: Limits
  readonly notices: NoticeSettings
  readonly history: HistoryLimits
}

/** How long what was delivered and what failed is remembered. */
export interface HistoryLimits {
  readonly triesMs: number
  /** Of dead letters that are settled. */
  readonly deadLettersMs: number
}

/** Bounds of every door. */
export interface Limits {
  readonly maxBodyBytes: number
  readonly maxJsonDepth: number
  readonly maxBatchEvents: number
  readonly maxConnections: number
  /** A subscriber that does not read for so long is dropped. */
  readonly stallTimeoutMs: number
}

/** When and how often operators are told. */
export interface NoticeSettings {
  /** Notices of one cause, subject and topic: one within so long. */
  readonly windowMs: number
  /** A group that lags more, by either measure, is told of. */
  readonly lag: { readonly events: number; readonly ageMs: number }
}

export interface Project {
  readonly config: BusConfig
  readonly topics: readonly TopicConfig[]
  /** Adapter files found, by adapter name. */
  readonly adapterFiles: readonly { readonly name: string; readonly path: string }[]
  /** The real environment over `.env`: what `env:NAME` and adapters read. Prints and serialises as nothing. */
  readonly environment: Environment
  /** What is allowed but worth a word: an unvalidated topic, a key without effect in this version. */
  readonly remarks: readonly string[]
}

/** A fault in a file of the project folder. */
export type ConfigFault = FileFault
