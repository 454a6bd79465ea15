import type { AttemptReport, Json, WireEvent } from '@hms-sync/client'

/**
 * How often an effect can happen, honestly. `transactional`: effect and progress commit together, effectively once.
 * `idempotent`: the receiver recognises a repeat by the key we send. `at_least_once`: a repeat repeats the effect.
 */
export type Effect = 'transactional' | 'idempotent' | 'at_least_once'

/** One event on its way into a system, with the number of this try (1 at the first). */
export interface SinkDelivery {
  readonly event: WireEvent
  /** What the adapter's `map` made of the event: the body of a request, the columns of a row. */
  readonly value: Json
  readonly attempt: number
  /** The same for every try of the same event: a hash of (topic, source, id). */
  readonly idempotencyKey: string
  /** Whose delivery it is, by the adapter's name: tells the progress of two adapters apart that one target keeps. */
  readonly adapter?: string
}

/** What the history keeps of a try, beside its status: secrets are taken out by the sink. The host measures how long it took. */
export type SinkDetail = Omit<AttemptReport, 'durationMs' | 'status'>

/**
 * How one try ended.
 * `done`: applied, durably by the system's own account.
 * `retry`: surely not applied; `scope` says whether the whole target is out of reach or only this event failed.
 * `refused`: the system (or the mapping) will never take this event as it is.
 * `unknown`: it may have been applied (a timeout after sending); `probe` is asked before it is sent again.
 */
export type SinkOutcome =
  | { readonly outcome: 'done'; readonly status?: number; readonly detail?: SinkDetail }
  | {
      readonly outcome: 'retry'
      readonly scope: 'target' | 'event'
      readonly reason: string
      readonly retryAfterMs?: number
      readonly status?: number
      readonly detail?: SinkDetail
    }
  | { readonly outcome: 'refused'; readonly reason: string; readonly status?: number; readonly detail?: SinkDetail }
  | { readonly outcome: 'unknown'; readonly reason: string; readonly status?: number; readonly detail?: SinkDetail }

/** Port: where events leave the bus into one external system. */
export interface Sink {
  /** Which sink it is, for messages: `http`. */
  readonly kind: string
  /** Where it writes, for messages: an origin, a host and database. Never a secret. */
  readonly target: string
  readonly effect: Effect
  /** Deliveries it takes in one call. 1: one call each. */
  readonly maxBatch: number
  /** Calls of `apply` that may run at once. */
  readonly concurrency: number
  /** A call of `apply` ends within this time, whatever the system does. */
  readonly timeoutMs: number
  /**
   * Applies deliveries in their order and answers one outcome for each, in the same order. Never throws for what a
   * system answered; a throw is read as `unknown` for all of them. Repeatable: the same delivery may come again.
   * Ends soon after `signal` aborts.
   */
  apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]>
  /** Did this delivery take effect? Asked after `unknown`. Read-only and repeatable. */
  probe?(delivery: SinkDelivery, signal: AbortSignal): Promise<'applied' | 'absent' | 'unknown'>
  /**
   * What `apply` would send, as lines for a person to read, secrets taken out: a request with its headers and body, a
   * statement with its values, a mail. Sends nothing. Throws what would refuse the event.
   */
  describe?(delivery: SinkDelivery): string
  /** What the system really holds, in key order, for reconciliation. Read-only. */
  read?(after: string | null, signal: AbortSignal): AsyncIterable<{ readonly key: string; readonly value: unknown }>
  /** Frees connections. May be called twice. */
  close(): Promise<void>
}
