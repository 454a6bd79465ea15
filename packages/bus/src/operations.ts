import type {
  AttemptInfo,
  AttemptOutcome,
  DeadLetterChanges,
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterInfo,
  EventTrace,
  GroupOutcome,
  Json,
  ReplayInfo,
  TargetHealth,
} from '@hms-sync/client'

/** A page of a list; `next` is given back as `after`, absent at the end. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string
}

export interface PageOptions {
  /** At most 1,000. Default 100. */
  readonly limit?: number
  readonly after?: string
}

/** Which tries; absent: all. */
export interface DeliveriesQuery {
  readonly group?: string
  readonly topic?: string
  readonly outcome?: AttemptOutcome
  /** The event's id. */
  readonly event?: string
  /** Ended since: a duration, or an ISO time. */
  readonly since?: string
}

export interface ReplayOptions {
  /** A duration, an ISO time, `all`. */
  readonly since: string
  /** Of the group's topics; absent: all. */
  readonly topics?: readonly string[]
}

/** What operators do with deliveries: look, mend, send again. All of it speaks of events that a group is or was owed. */
export interface Operations {
  /** Newest first. @throws SyncError `invalid_request`; `unknown_group` for one that is not there and has left nothing. */
  deadLetters(filter: DeadLetterFilter, page?: PageOptions): Promise<Page<DeadLetterInfo>>
  /** @throws SyncError `not_found`. */
  deadLetter(id: string): Promise<DeadLetterDetail>
  /** Replaces the payload that a redrive sends; the log keeps what was published. @throws SyncError `not_found`, `change_refused` unless it is open, `schema_violation`. */
  editDeadLetter(id: string, payload: Json): Promise<DeadLetterDetail>
  /**
   * Sends open dead letters again, the oldest first, at most 1,000 a call, and as many as may be on their way at once; each takes
   * its key's turn. A superseded one is refused: newer state was applied. `dryRun`: says what would happen. Resolves when
   * durable, not when delivered.
   */
  redrive(filter: DeadLetterFilter, options?: { readonly dryRun?: boolean }): Promise<DeadLetterChanges>
  /** Lets open dead letters go, at most 1,000 a call: what was parked behind them goes on. */
  skipDeadLetters(filter: DeadLetterFilter, options?: { readonly dryRun?: boolean }): Promise<DeadLetterChanges>
  /** Every try that is remembered, the newest first. @throws SyncError as `deadLetters`. */
  deliveries(query: DeliveriesQuery, page?: PageOptions): Promise<Page<AttemptInfo>>
  /** What became of an event in every group; one trace for each topic and source that used the id. @throws SyncError `not_found`. */
  trace(eventId: string, topic?: string): Promise<readonly EventTrace[]>
  /** Sends to one group again what it got since then, in order per key, beside its live progress. @throws SyncError `unknown_group`, `invalid_request`. */
  replay(group: string, options: ReplayOptions): Promise<ReplayInfo>
  replays(): readonly ReplayInfo[]
  /** @throws SyncError `not_found`. */
  cancelReplay(id: string): ReplayInfo
  /** Holds a target's deliveries until `resumeTarget`, over restarts too. @throws SyncError `unknown_group`, `invalid_request` for a group without a target. */
  pauseTarget(group: string): Promise<TargetHealth>
  /** Sends to it again. One that is out of reach is tried at once. @throws SyncError as `pauseTarget`. */
  resumeTarget(group: string): Promise<TargetHealth>
  /**
   * What every group of the topic has made of the event at `position`, once all are through, the time is up (at most ten
   * minutes) or `signal` aborts: who is not through by then is `pending`. @throws SyncError `unknown_topic`, `invalid_request`.
   */
  outcomes(topic: string, position: string, timeoutMs: number, signal?: AbortSignal): Promise<readonly GroupOutcome[]>
}
