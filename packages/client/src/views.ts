/** What the bus answers to those who look: items of its lists. Nothing here runs. */
import type { Envelope, ErrorClass, GroupOutcome, Json, WireEvent } from './wire.js'

/** One topic as the bus holds it now: an item of `GET /v1/topics`. Counts are since the bus started, but for what lies in the log. */
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

/** One group and where it stands: an item of `GET /v1/groups`. */
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
    /** Events given up since the bus started. */
    readonly dead: number
    /** Events that wait behind a dead letter of their key. */
    readonly parked: number
    readonly lastError: { readonly at: string; readonly reason: string } | null
    readonly cursor: string
  }[]
  /** How the system behind it does; null: a group of subscribers. */
  readonly health: TargetHealth | null
  /** Dead letters that wait for somebody. */
  readonly deadLetters: number
}

/** What an adapter is doing: an item of `GET /v1/adapters`. Counts are since the bus started. */
export interface AdapterInfo {
  readonly name: string
  /** `stopped`: not started yet, or over by the bus's will. `failed`: `reason` says why; a reload or a changed file starts it again, and so does `topics apply` where it could not start. */
  readonly state: 'running' | 'failed' | 'stopped'
  /** Why it does not run. */
  readonly reason?: string
  /** Where it writes: an address without secrets; null before it was loaded. */
  readonly target: string | null
  readonly topics: readonly string[]
  readonly delivered: number
  /** Tries that did not do: `retried` and `refused` together. */
  readonly failed: number
  /** Tries after which the event comes again. */
  readonly retried: number
  /** Tries that the target or the mapping refused outright: each is a dead letter. */
  readonly refused: number
  readonly inFlight: number
  readonly lastError: { readonly at: string; readonly reason: string } | null
  /** How often it was started again. */
  readonly restarts: number
}

/**
 * What to try on an adapter: events as they would be published, or the first that the log has received since (a duration,
 * an ISO time or `all`); at most 100. The body of `POST /v1/adapters/{name}/test`.
 */
export type AdapterTestRequest =
  /** `topic` may be left out where the adapter takes exactly one. */
  { readonly events: readonly (Envelope & { readonly topic?: string })[] } | { readonly since: string }

/** What an adapter would make of one event, without sending it: an item of the answer to `POST /v1/adapters/{name}/test`. */
export interface AdapterTest {
  readonly event: WireEvent
  /** One for each sink of the adapter, in the order written. */
  readonly sinks: readonly SinkTest[]
}

/**
 * `sends`: `value` is what the mapping made, `request` what would be sent, as lines to read, secrets taken out (null:
 * this kind of sink cannot say). `skips`: not for this sink, `reason` says whether by topic, match or filter.
 * `refuses`: it would be a dead letter, for this reason.
 */
export type SinkTest = { readonly kind: string; readonly target: string } & (
  | { readonly verdict: 'sends'; readonly value: Json; readonly request: string | null }
  | { readonly verdict: 'skips' | 'refuses'; readonly reason: string }
)

/** One try of one event for one group: an item of `GET /v1/deliveries`. */
export interface AttemptInfo {
  readonly group: string
  readonly topic: string
  /** The event's id. */
  readonly event: string
  readonly position: string
  readonly key: string | null
  /** 1 at the first try. */
  readonly attempt: number
  /** When it ended (ISO 8601). */
  readonly at: string
  readonly durationMs: number
  readonly outcome: AttemptOutcome
  readonly reason: string | null
  readonly request: string | null
  readonly status: number | null
  readonly answer: string | null
  readonly errorClass: ErrorClass | null
  /** What the adapter took out of the answer; absent where it takes nothing. */
  readonly captured?: Readonly<Record<string, string | number | boolean>>
  /** `replay`: the event was sent again on purpose, beside what the group was owed; absent otherwise. */
  readonly again?: 'replay'
}

/** How a try ended. `filtered`: the adapter's own filter left the event out. */
export type AttemptOutcome = 'done' | 'filtered' | 'retry' | 'refused' | 'unknown'

/**
 * `open`: waits for somebody to mend it. `redriving`: on its way again. `done`: a redrive delivered it.
 * `superseded`: a newer event of its key was applied. `skipped`: somebody let it go.
 */
export type DeadLetterState = 'open' | 'redriving' | 'done' | 'superseded' | 'skipped'

/** A delivery that gave up: an item of `GET /v1/dead-letters`. */
export interface DeadLetterInfo {
  /** Its number on this bus, as text. */
  readonly id: string
  readonly state: DeadLetterState
  readonly group: string
  readonly topic: string
  /** The event's id. */
  readonly event: string
  readonly position: string
  readonly key: string | null
  readonly reason: string
  readonly errorClass: ErrorClass | null
  /** Tries that counted. */
  readonly attempts: number
  /** When it gave up (ISO 8601). */
  readonly at: string
  readonly edited: boolean
  /** Later events of its key that wait behind it (`onFailure: park`). */
  readonly parked: number
}

/** One dead letter with all that is known of it: `GET /v1/dead-letters/{id}`. */
export interface DeadLetterDetail extends DeadLetterInfo {
  /** The event as it would be sent again. */
  readonly content: WireEvent
  /** The last tries, oldest first. */
  readonly tries: readonly AttemptInfo[]
}

/** Which dead letters; absent: all. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[]
  readonly group?: string
  readonly topic?: string
  readonly errorClass?: ErrorClass
  readonly state?: DeadLetterState
  /** Gave up since: a duration such as `2h`, or an ISO time. */
  readonly since?: string
  readonly until?: string
}

/** What became of one dead letter in a redrive or a skip. */
export type DeadLetterChange =
  | { readonly id: string; readonly ok: true; readonly state: DeadLetterState }
  /** `later`: it was left open only because as many as may be are on their way already. */
  | { readonly id: string; readonly ok: false; readonly reason: string; readonly later?: true }

/** What a redrive or a skip did: the answer to `POST /v1/dead-letters/redrive` and `…/skip`. */
export interface DeadLetterChanges {
  readonly items: readonly DeadLetterChange[]
  /** How many were changed; in a dry run, would be. */
  readonly taken: number
  /** Open ones that were asked for and left for another call: there were more than a call takes, or than may be on their way at once. */
  readonly remaining: number
  /** How many more may be sent again now; absent where nothing is sent. */
  readonly room?: number
}

/** Everything that is known of one event: `GET /v1/events/{id}/trace`. */
export interface EventTrace {
  readonly topic: string
  readonly event: WireEvent
  readonly groups: readonly (GroupOutcome & {
    readonly tries: readonly AttemptInfo[]
    readonly deadLetter: string | null
  })[]
}

/** Events sent to one adapter again, on purpose: an item of `GET /v1/replays`. */
export interface ReplayInfo {
  readonly id: string
  readonly group: string
  readonly topics: readonly string[]
  readonly since: string
  readonly state: 'running' | 'done' | 'cancelled' | 'failed'
  readonly sent: number
  readonly failed: number
  readonly startedAt: string
  readonly endedAt: string | null
  readonly reason: string | null
}

/** How well a target answers. `recovering`: it answers again, and what waited goes out at a limited rate. */
export interface TargetHealth {
  readonly state: 'healthy' | 'failing' | 'recovering' | 'paused'
  /** Since when (ISO 8601). */
  readonly since: string
  readonly reason: string | null
  /** When it is tried next (ISO 8601); null when nothing is planned. */
  readonly nextProbe: string | null
}
