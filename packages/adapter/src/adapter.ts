import type { WireEvent } from '@hms-sync/client'
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

/** Which topics go to a sink. `topics`: names and patterns (`permits.*`). Neither: see `TopicChoice`. */
export interface TopicOptions {
  readonly topics?: string | readonly string[]
  readonly all?: boolean
}

/** The short form: one HTTP target. */
export interface ShortForm extends HttpOptions, TopicOptions {
  readonly name?: string
  readonly map?: MapFunction | PathMap
}

/** One way out of the bus: these topics, through this mapping, to this sink. */
export interface SinkForm extends TopicOptions {
  readonly to: Sink
  readonly map?: MapFunction | PathMap
}

/** The full form. This version takes exactly one sink, made by `http()`. */
export interface FullForm {
  readonly name?: string
  readonly sinks: readonly SinkForm[]
}

export type AdapterConfig = ShortForm | FullForm

/**
 * The topics of a sink as its author chose them. `declared`: those that list the adapter under `consumers`, and on
 * open loopback, when none does, all topics without such a list.
 */
export type TopicChoice =
  | { readonly kind: 'named'; readonly patterns: readonly string[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'declared' }

/** A way out with every default in place. */
export interface Route {
  readonly topics: TopicChoice
  readonly to: Sink
  readonly map: MapFunction
}

/** What `defineAdapter` gives back and hosts run: every fault mended, every default in place. */
export interface Adapter {
  /** What the file says; the name of the file or of the registration is what counts. */
  readonly name?: string
  readonly routes: readonly Route[]
}
