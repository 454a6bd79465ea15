import type { Incarnation, Offset } from '../event.js'
import type { FailureChange, FailureStore } from './failures.js'

/** Every event whose offset lies within, both ends included, is settled. */
export interface Range {
  readonly first: Offset
  readonly last: Offset
}

/** How far one group is in one partition: everything below `cursor` is settled, and so is what `ahead` names. */
export interface Progress {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly incarnation: Incarnation
  readonly cursor: Offset
  /** The finished-ahead set as ranges above `cursor`, ascending, apart; at most `maxAheadRanges`. */
  readonly ahead: readonly Range[]
}

/** More ranges than this are refused: the feed waits before it comes to that. */
export const maxAheadRanges = 10_000

/** A delivery that waits for its next try: kept over restarts. */
export interface WaitingRetry {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Tries so far that count. */
  readonly attempts: number
  /** When the next one is due, ms since 1970. */
  readonly dueAt: number
  readonly reason: string
}

/** A piece of a projection of the log, opaque to the store. Numbered from 0, ascending. */
export interface Segment {
  readonly number: number
  readonly bytes: Uint8Array
}

/** How far a projection of one topic has read: the next offset of each partition. */
export interface ProjectionCursor {
  readonly projection: string
  readonly topic: string
  readonly incarnation: Incarnation
  readonly next: readonly Offset[]
}

/** One thing to write. Changes in one `commit` become durable together. */
export type Change =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'retry'; readonly retry: WaitingRetry }
  | { readonly kind: 'retry_settled'; readonly group: string; readonly topic: string; readonly partition: number; readonly offset: Offset }
  /** The group begins elsewhere in a topic: its waiting retries there mean nothing any more. */
  | { readonly kind: 'retries_dropped'; readonly group: string; readonly topic: string }
  /** Ends what the group is owed: its progress, retries, parked events and dead letters go, of one topic or of all. */
  | { readonly kind: 'group_deleted'; readonly group: string; readonly topic?: string }
  | { readonly kind: 'projection'; readonly cursor: ProjectionCursor; readonly segment?: Segment }
  | { readonly kind: 'segments_dropped'; readonly projection: string; readonly topic: string; readonly below: number }
  /** A named document, such as the registry as last applied. */
  | { readonly kind: 'document'; readonly name: string; readonly text: string }
  | FailureChange

/** Port: the bus's own state. Small beside the log: grows with groups, waiting retries and projections, not with events. */
export interface Store extends FailureStore {
  /** All or nothing; resolves when durable; commits keep the order of the calls. The last write of a row wins. @throws SyncError `disk_full`, `storage_failed`. */
  commit(changes: readonly Change[]): Promise<void>
  /** Every progress row: groups times partitions. */
  progress(): Promise<readonly Progress[]>
  /** The waiting retries of one group in one partition, by offset. */
  retries(group: string, topic: string, partition: number): Promise<readonly WaitingRetry[]>
  projectionCursor(projection: string, topic: string): Promise<ProjectionCursor | null>
  /** Segments from `from` on, in order of number, one at a time. */
  segments(projection: string, topic: string, from: number): AsyncIterable<Segment>
  document(name: string): Promise<string | null>
  /** May be called twice. */
  close(): Promise<void>
}
