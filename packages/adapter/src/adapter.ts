import type { DeliveryPolicy, WireEvent } from '@hms-sync/client'
import type { Sink } from './sink.js'
import type { HttpOptions } from './sinks/http/http-options.js'

/**
 * Makes what the system gets out of an event. The first argument is the payload with the event's `type` beside its
 * fields (a `type` of the payload's own wins; a payload that is no object comes as it is). May return a promise.
 * A throw, or a result that is not JSON, refuses this event and no other.
 */
// biome-ignore lint/suspicious/noExplicitAny: a mapping destructures payloads whose shape only its author knows
export type MapFunction = (payload: any, event: WireEvent) => unknown

/**
 * A mapping as data: an object whose texts are paths into the payload (`inspector.name`, `items[0].id`), `$event.id`
 * and the like for the event's own fields, or literals (`'"approved"'`). Numbers, booleans and null are themselves.
 */
export type PathMap = { readonly [field: string]: unknown }

/** Whether the sink gets this event. Arguments as of `MapFunction`; may return a promise. A throw refuses the event. */
// biome-ignore lint/suspicious/noExplicitAny: as of MapFunction
export type FilterFunction = (payload: any, event: WireEvent) => unknown

type Scalar = string | number | boolean | null

/** Which events go to a sink, and as what. Without `topics` and `all`: see `TopicChoice`. */
export interface RouteOptions {
  /** Names and patterns: `permits.*`. */
  readonly topics?: string | readonly string[]
  readonly all?: boolean
  /**
   * Fields that must hold a value, or one of a list of values: `{ 'permit.kind': ['building', 'fire'] }`. Every one must.
   * Where a path leads through a list, one of its items must.
   */
  readonly match?: Readonly<Record<string, Scalar | readonly Scalar[]>>
  /** What else decides: a function, or a JSONata expression. */
  readonly filter?: FilterFunction | string
  /** A function; an object of paths and JSONata expressions; or one of them for the whole. Default: the payload as it is. */
  readonly map?: MapFunction | PathMap | string
}

/** How fast events go out, and what becomes of those that fail. */
export interface PolicyOptions {
  readonly rateLimit?: {
    /** Events a second at most. */
    readonly perSecond?: number
    /** Calls of each sink at once: requests, transactions. */
    readonly concurrent?: number
  }
  /** Pauses after the first, second … failed try of one event, such as `['5s', '5m']`. Default: 28 hours in all. */
  readonly retry?: readonly string[]
  /** Tries before an event becomes a dead letter; null: as many as it takes. Default: one more than `retry` has pauses. */
  readonly maxAttempts?: number | null
  /** A system that fails for longer is paused, with a notice: `3d`, which is the default. */
  readonly pauseAfter?: string
  /** True: a repeat may repeat the effect, though the topic is `exactly_once`. Only for sinks that cannot do better. */
  readonly acceptDuplicates?: boolean
}

/** The short form: one HTTP target. */
export interface ShortForm extends HttpOptions, RouteOptions, PolicyOptions {
  readonly name?: string
}

/** One way out of the bus: these events, through this mapping, to this sink. */
export interface SinkForm extends RouteOptions {
  /** What `http()` and the like made, or their options under the kind's name: `{ http: { url: … } }`. */
  readonly to: Sink | Readonly<Record<string, object>>
}

/** The full form with its one sink beside the other keys. */
export interface OneSinkForm extends SinkForm, PolicyOptions {
  readonly name?: string
}

/** The full form: an event goes to every sink that takes it, in the order written. */
export interface FullForm extends PolicyOptions {
  readonly name?: string
  readonly sinks: readonly SinkForm[]
}

export type AdapterConfig = ShortForm | OneSinkForm | FullForm

/**
 * The topics of a sink as its author chose them. `declared`: everything that the adapter receives, which is the topics
 * that list it under `consumers`, on open loopback, when none does, all topics without such a list, and what its other
 * sinks name.
 */
export type TopicChoice =
  | { readonly kind: 'named'; readonly patterns: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'declared' }

/** A way out with every default in place. */
export interface Route {
  readonly topics: TopicChoice
  /** Why the event is not for this sink by its fields, or null. */
  readonly mismatch: ((payload: unknown, event: WireEvent) => string | null) | null
  readonly filter: FilterFunction | null
  readonly map: MapFunction
  readonly to: Sink
  /** Calls of the sink at once. */
  readonly concurrency: number
}

/** What `defineAdapter` gives back and hosts run: every fault mended, every default in place. */
export interface Adapter {
  /** What the file says; the name of the file or of the registration is what counts. */
  readonly name?: string
  readonly routes: readonly Route[]
  /** How the bus treats its deliveries. */
  readonly policy: DeliveryPolicy
  readonly acceptDuplicates: boolean
}
