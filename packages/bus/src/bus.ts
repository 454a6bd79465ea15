/**
 * Puts the parts together and decides nothing: the way in is `publish/`, the way out is `delivery/`.
 * Everything outside (server, sessions, adapters, CLI's serve) speaks to the bus through this class alone.
 */
import type { PublishResult, SettleResult } from '@hms-sync/client'
import type { Clock } from './clock.js'
import type { Membership, OutgoingEvent, Receiver, Settlement } from './delivery/receiver.js'
import type { Durability, Engine } from './engines/engine.js'
import type { Log } from './observe/log.js'
import type { Incoming, Principal } from './publish/incoming.js'
import type { Project, TopicConfig } from './registry/config.js'
import type { PlannedChange } from './registry/plan.js'
import type { Store } from './store/store.js'

export interface BusParts {
  readonly project: Project
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

export interface JoinOptions {
  readonly group: string
  /** null: every topic that the principal may read, also ones that come later. */
  readonly topics: readonly string[] | null
  /** Where a new group starts: `now` (default), `all`, or a duration. */
  readonly from?: string
  /** Default 30,000. */
  readonly ackTimeoutMs?: number
  readonly qos?: string
}

export interface ReadOptions {
  readonly topic: string
  /** A duration, an ISO time, or `all`. Absent, without `after`: from now on. */
  readonly since?: string
  /** A cursor; beats `since`. */
  readonly after?: string
  /** True: end at what is there at the start. False: follow. */
  readonly untilNow: boolean
  /** Only this key. */
  readonly key?: string
  readonly signal: AbortSignal
}

/** Events of one partition, with the cursor behind the last of them; or the news that some are gone. */
export type ReadBatch =
  | { readonly events: readonly OutgoingEvent[]; readonly next: string /** The cursor behind event i. */; cursorAt(i: number): string }
  | { readonly gap: { readonly topic: string; readonly first: string; readonly last: string }; readonly next: string }

export interface TopicInfo {
  readonly name: string
  readonly description: string
  readonly qos: string
  readonly key: string | null
  readonly retention: string
  readonly partitions: number
  /** `v1`, or null; `unvalidated` true when its file is missing. */
  readonly schema: string | null
  readonly unvalidated: boolean
  readonly producers: readonly string[] | null
  readonly consumers: readonly string[] | null
  readonly events: number
  readonly bytes: number
  readonly firstReceived: string | null
  readonly published: number
  readonly duplicates: number
  readonly unrouted: number
  readonly groups: readonly string[]
}

export interface GroupInfo {
  readonly name: string
  /** Members connected now: subscribers and adapters. */
  readonly members: number
  readonly topics: readonly {
    readonly topic: string
    readonly declared: boolean
    /** Events not settled yet. */
    readonly lag: number
    /** Receive time of the oldest event not settled; null when there is none. */
    readonly oldestWaiting: string | null
    readonly inFlight: number
    /** Deliveries that wait for another try. */
    readonly retrying: number
    readonly delivered: number
    readonly failed: number
    readonly lastError: { readonly at: string; readonly reason: string } | null
    readonly cursor: string
  }[]
}

export type { PlannedChange } from './registry/plan.js'

export declare class SyncBus {
  static open(parts: BusParts): Promise<SyncBus>
  readonly parts: BusParts
  readonly durability: Durability
  /** The topics as applied now. */
  topicConfigs(): readonly TopicConfig[]
  /**
   * Stores events on one topic; one result each, in order, after they are durable.
   * @throws SyncError `unknown_topic`, `shutting_down`, `overloaded`: none was stored.
   */
  publish(principal: Principal, topic: string, events: readonly Incoming[]): Promise<readonly PublishResult[]>
  /** Joins a group as one of its members. A group that is new starts at `from`. @throws SyncError `unknown_topic`, `qos_mismatch`, `invalid_request`. */
  join(principal: Principal, options: JoinOptions, receiver: Receiver): Promise<Membership>
  /** Settles deliveries of one group. Resolves when durable. Unknown or old tokens answer `expired`. */
  settle(group: string, settlements: readonly Settlement[]): Promise<readonly SettleResult[]>
  /**
   * Reads without a group: nothing moves, nothing is settled. The first batch has no events; its `next` is the cursor
   * where reading starts, so that a reader which has seen nothing yet can resume, and an empty page has its `next`.
   * @throws SyncError `unknown_topic`, `invalid_request`.
   */
  read(principal: Principal, options: ReadOptions): AsyncIterable<ReadBatch>
  topics(principal: Principal): Promise<readonly TopicInfo[]>
  topic(principal: Principal, name: string): Promise<TopicInfo>
  groups(): Promise<readonly GroupInfo[]>
  group(name: string): Promise<GroupInfo>
  /** Moves a group's place: `now`, `all`, a duration, an ISO time. In-flight deliveries end. @throws SyncError `unknown_group`. */
  seek(group: string, to: string, topic?: string): Promise<GroupInfo>
  /** Ends what the group is owed. */
  deleteGroup(group: string, topic?: string): Promise<void>
  plan(project: Project): Promise<readonly PlannedChange[]>
  /** Takes up another registry under traffic. @throws SyncError `change_refused` naming every loss not listed in `acceptLoss` (topic names). */
  apply(project: Project, acceptLoss?: readonly string[]): Promise<readonly PlannedChange[]>
  /** Storage failed or closing: not ready, with the reason. */
  health(): { readonly ready: boolean; readonly reason?: string }
  /** Refuses new events, hands back deliveries, flushes progress. May be called twice. */
  close(): Promise<void>
}
