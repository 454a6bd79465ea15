/**
 * What crosses the wire between a client and a bus: the event, the envelopes that carry it in, and the frames of
 * `WS /v1/stream`. Both sides compile against this file; nothing here runs.
 */
import type { Problem } from './errors.js'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type Qos = 'at_least_once' | 'exactly_once'

/** An event as readers see it. `position` is opaque; compare positions only within one key. */
export interface WireEvent {
  readonly id: string
  readonly topic: string
  readonly type: string
  readonly version: number
  readonly key?: string
  readonly source: string
  /** When it happened, by the producer's clock (ISO 8601). */
  readonly time: string
  readonly payload: Json
  readonly traceparent?: string
  readonly qos: Qos
  /** When the bus may forget it (ISO 8601): `received` plus the topic's retention. */
  readonly replayable_until: string
  readonly position: string
  /** When the bus received it (ISO 8601): what `since` and `retention` go by. */
  readonly received: string
}

/** An event on its way in. Everything but the payload has a default. */
export interface Envelope {
  readonly id?: string
  readonly key?: string
  readonly version?: number
  readonly time?: string
  readonly type?: string
  readonly qos?: Qos
  readonly traceparent?: string
  readonly payload: Json
}

/** What became of one published event: stored (201), stored before (200), or refused. */
export type PublishResult =
  | { readonly status: 200 | 201; readonly id: string; readonly position: string; readonly duplicate: boolean }
  | { readonly status: number; readonly error: Problem }

/** One event on its way to one group, with the token that settles it. */
export interface WireDelivery {
  readonly token: string
  /** 1 at the first try. Losing a connection does not count, a timeout or a nack does. */
  readonly attempt: number
  /** When the bus takes it back (ISO 8601) unless it is settled or extended. */
  readonly deadline: string
  readonly event: WireEvent
}

export type SettleResult = 'ok' | 'expired'

/** What went wrong in a try, coarsely: what operators filter by. */
export const errorClasses = [
  'mapping',
  'address',
  'connection',
  'tls',
  'timeout',
  'credentials',
  'overloaded',
  'redirect',
  'refused',
  'server_error',
  'answer',
  'conflict',
  'sink',
  'not_acknowledged',
] as const
export type ErrorClass = (typeof errorClasses)[number]

/** What one try was like, for the history: what was asked and what came back. Never a secret. */
export interface AttemptReport {
  readonly durationMs: number
  /** What was asked, in a line: `POST https://city-schedule.gov/api/slots/7`. At most 500 characters. */
  readonly request?: string
  /** The status of the answer: an HTTP status, an SMTP code. */
  readonly status?: number
  /** The beginning of the answer, redacted: at most 1,000 characters. */
  readonly answer?: string
  readonly errorClass?: ErrorClass
  /** What the adapter took out of the answer, by the names that it gave: at most 20, a text at most 500 characters. */
  readonly captured?: Readonly<Record<string, string | number | boolean>>
}

/**
 * How a delivery ended.
 * `done`: applied; `filtered` when the adapter's own filter left it out. `retry`: not yet; again after `delayMs`, or at the
 * group's own schedule when absent; `scope: 'target'` when the system as a whole is out of reach, which costs the event no
 * attempt. `refused`: this event will never be accepted as it is. `unknown`: it may have been applied; ask before repeating.
 */
export type WireOutcome =
  | { readonly outcome: 'done'; readonly filtered?: true; readonly attempt?: AttemptReport }
  | {
      readonly outcome: 'retry' | 'refused' | 'unknown'
      readonly scope?: 'target' | 'event'
      readonly delayMs?: number
      readonly reason?: string
      readonly attempt?: AttemptReport
    }
  | { readonly outcome: 'extend'; readonly byMs: number }

/** How a group's deliveries are treated; the members of one group ask for the same. Absent values: the group's defaults. */
export interface DeliveryPolicy {
  /** Tries that count before an event becomes a dead letter; null: as many as it takes. Default: null for subscribers, the schedule's length for adapters. */
  readonly maxAttempts?: number | null
  /** Milliseconds to wait after the first, second … try that counts; the last one repeats. */
  readonly retryMs?: readonly number[]
  /** Present: a system lies behind the members, whose health is watched. */
  readonly target?: {
    /** Events a second at most; null: no limit. */
    readonly ratePerSecond?: number | null
    /** Failing for longer than this, it is paused, with a notice. Default 3 days. */
    readonly pauseAfterMs?: number
  }
}

/** What one system made of an event: part of a trace, and of `publish(…, { waitFor: 'delivered' })`. */
export interface GroupOutcome {
  readonly group: string
  /** `passed`: the group's place lies behind it, and nothing is remembered of a delivery. */
  readonly outcome: 'delivered' | 'dead_letter' | 'parked' | 'pending' | 'passed'
  readonly attempts: number
  /** Why it is not delivered, where that is known. */
  readonly reason?: string
}

/** Events between `first` and `last` (positions) were trimmed before this reader got to them. */
export interface WireGap {
  readonly topic: string
  readonly first: string
  readonly last: string
}

export const protocolVersion = 1

/** Frames from the client, one JSON object each. `ref` and `sub` are the client's own numbers. */
export type ClientFrame =
  | { readonly op: 'hello'; readonly v: number; readonly name?: string; readonly client?: string }
  | { readonly op: 'publish'; readonly ref: number; readonly topic: string; readonly events: readonly Envelope[] }
  /** What every group makes of the stored event, once all are through or after `timeoutMs`. */
  | { readonly op: 'outcomes'; readonly ref: number; readonly topic: string; readonly position: string; readonly timeoutMs: number }
  | {
      readonly op: 'subscribe'
      readonly sub: number
      /** null: every topic the principal may read. In a group also patterns, `permits.*`, which take later topics in, too. */
      readonly topics: readonly string[] | null
      /** Groups only: also the topics that list the group under `consumers`, and on open loopback, when none does, all without a list. */
      readonly declared?: boolean
      readonly group?: string
      /** Where a new group starts: `now`, `all` or a duration. Means nothing for a group that exists. */
      readonly from?: string
      /** Nameless reading only: a duration, an ISO time, `all`. Absent: from now on. */
      readonly since?: string
      /** Nameless reading only: a cursor for each topic, from an earlier `events` frame. Beats `since`. */
      readonly after?: Readonly<Record<string, string>>
      /** Nameless reading only: end when what was there at the start has been sent. */
      readonly until?: 'now'
      /** How many deliveries (group) or events (nameless) may be on their way unsettled or unread. */
      readonly credit: number
      readonly ackTimeoutMs?: number
      readonly qos?: Qos
      /** Groups only. */
      readonly policy?: DeliveryPolicy
    }
  /** n more deliveries or events are welcome. In a group, settling gives no credit by itself. */
  | { readonly op: 'credit'; readonly sub: number; readonly n: number }
  | {
      readonly op: 'settle'
      readonly ref: number
      readonly sub: number
      readonly items: readonly (WireOutcome & { readonly token: string })[]
    }
  /** Hands back at once what is unsettled, without counting an attempt. */
  | { readonly op: 'unsubscribe'; readonly sub: number }

/** Frames from the bus. */
export type ServerFrame =
  | {
      readonly op: 'welcome'
      readonly v: number
      readonly name: string
      readonly limits: { readonly maxBodyBytes: number; readonly maxBatch: number }
    }
  | { readonly op: 'published'; readonly ref: number; readonly results: readonly PublishResult[] }
  | { readonly op: 'outcomes'; readonly ref: number; readonly outcomes: readonly GroupOutcome[] }
  | { readonly op: 'subscribed'; readonly sub: number; readonly topics: readonly string[]; readonly group?: string }
  | { readonly op: 'deliveries'; readonly sub: number; readonly items: readonly WireDelivery[] }
  /** `next` is the cursor behind the last of these events: give it back as `after` to go on. */
  | { readonly op: 'events'; readonly sub: number; readonly topic: string; readonly next: string; readonly items: readonly WireEvent[] }
  | ({ readonly op: 'gap'; readonly sub: number } & WireGap)
  | { readonly op: 'settled'; readonly ref: number; readonly results: readonly SettleResult[] }
  /** The subscription is over: `until` was reached, or `error` says why. */
  | { readonly op: 'ended'; readonly sub: number; readonly error?: Problem }
  /** A publish, an outcomes or a settle (`ref`), or a subscribe (`sub`), failed as a whole. */
  | { readonly op: 'failed'; readonly ref?: number; readonly sub?: number; readonly error: Problem }
  /** The bus is about to close the connection; reconnect after a while. */
  | { readonly op: 'closing'; readonly error: Problem }
