import type { Incarnation, LogEvent, Offset, StoredEvent } from '../event.js'

/** What an acknowledged event survives. `replicated` says on how many nodes it lies. */
export type Durability = 'process' | 'power' | `replicated(${number})`

/** What an engine honours as really configured: read at boot, by the bus and by the conformance suite. */
export interface Capabilities {
  readonly name: string
  readonly durability: Durability
  /** True: events are trimmed only when `trim` is called. False: the broker trims by itself, by `retentionMs`. */
  readonly trimsOnRequest: boolean
  /** True: `span` knows `next` and `bytes`. */
  readonly knowsEnd: boolean
  readonly maxPartitions: number
}

/** What an engine needs to know of a topic. */
export interface TopicLog {
  readonly name: string
  readonly partitions: number
  readonly retentionMs: number
  readonly maxBytes?: number
}

export interface Batch {
  /** At least one, in order of offset. They may be objects of the engine's own: to be read field by field, not copied whole. */
  readonly events: readonly StoredEvent[]
  /** Where to read on. */
  readonly next: Offset
}

export interface Span {
  readonly partition: number
  /** Where reading can start: nothing below it is there any more. */
  readonly first: Offset
  /** Behind the last event, where known. */
  readonly next?: Offset
  readonly events?: number
  readonly bytes?: number
  /** Receive time of the first event, ms since 1970; absent when empty or not known. */
  readonly firstReceived?: number
}

/** Port: a durable, partitioned, replayable log. Nothing with a promise on delivery is in it. */
export interface Engine {
  readonly can: Capabilities
  /**
   * Creates the topic, or widens it (more partitions, other retention). Repeatable. Answers the topic's incarnation.
   * @throws SyncError `change_refused` for what it cannot honour (fewer partitions).
   */
  ensureTopic(topic: TopicLog): Promise<Incarnation>
  /**
   * Appends in the given order; several calls for one partition keep the order of the calls. Resolves when durable.
   * `received` is stored no lower than that of the event before it.
   * @throws SyncError `disk_full`, `storage_failed`, `overloaded`: surely not stored. `unknown_outcome`: perhaps stored.
   */
  append(topic: string, partition: number, events: readonly LogEvent[]): Promise<void>
  /**
   * Yields batches from `from` on, then waits for more without polling, until `signal` aborts (then it ends). `first`: about how
   * many events the first batch is to hold, for who wants few; the engine's own measure where it is absent.
   * @throws Gap when events at or after `from` were trimmed, Beyond when `from` lies past the end, Gone when the topic is no more.
   */
  read(topic: string, partition: number, from: Offset, signal: AbortSignal, first?: number): AsyncIterable<Batch>
  /** The first offset received at or after `timeMs`; the end when there is none. */
  locate(topic: string, partition: number, timeMs: number): Promise<Offset>
  /** One span a partition, in order of partition. */
  span(topic: string): Promise<readonly Span[]>
  /**
   * Forgets what lies below `before`, in small steps between appends; readers below it meet a Gap. Repeatable.
   * Where the broker trims by itself this does nothing. Answers how many events went.
   */
  trim(topic: string, partition: number, before: Offset, signal: AbortSignal): Promise<number>
  /** Ends every read, finishes or refuses appends. May be called twice. */
  close(): Promise<void>
}

/** Events from the asked offset up to `first` are gone. */
export class Gap extends Error {
  override readonly name = 'Gap'
  readonly first: Offset
  constructor(first: Offset) {
    super(`Trimmed; the first event there is lies at ${first}.`)
    this.first = first
  }
}

/** The asked offset lies past the end, `next`. */
export class Beyond extends Error {
  override readonly name = 'Beyond'
  readonly next: Offset
  constructor(next: Offset) {
    super(`Past the end; the next event will lie at ${next}.`)
    this.next = next
  }
}

/** The topic was deleted, or is another incarnation now. */
export class Gone extends Error {
  override readonly name = 'Gone'
}
