/** The SDK's face: what `connect()` and `openBus()` both return. */
import type { SyncError } from './errors.js'
import type { DeliveryPolicy, GroupOutcome, Json, Qos, WireEvent, WireGap, WireOutcome } from './wire.js'

export interface PublishOptions {
  /** The event's identity with topic and source: chosen before the first try, kept over retries. Default: a UUIDv7. */
  readonly id?: string
  readonly key?: string
  readonly version?: number
  /** When it happened: ISO 8601 or a Date. Default: now. */
  readonly time?: string | Date
  readonly type?: string
  readonly qos?: Qos
  readonly traceparent?: string
  /** `delivered`: resolves when every group of the topic is through with the event or the time is up, with `outcomes`. For `publish` alone, and at most 8,000 at once. */
  readonly waitFor?: 'delivered'
  /** Rejects when no answer came by then. With `waitFor`, groups that are not through by then are `pending`. Default 10,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface Published {
  readonly id: string
  readonly position: string
  /** True when the bus had this event already: the answer of the first time again. */
  readonly duplicate: boolean
  /** What each group of the topic made of it: with `waitFor` alone. */
  readonly outcomes?: readonly GroupOutcome[]
}

export type PublishOutcome = ({ readonly ok: true } & Published) | { readonly ok: false; readonly error: SyncError }

export interface SubscribeOptions {
  /** The group that shares the work and keeps its place. Default: the connection's name; without one, or with null, it tails. */
  readonly group?: string | null
  /** Where a new group starts: `now` (default), `all`, or a duration such as `7d`. */
  readonly from?: string
  /** Nameless reading: a duration, an ISO time or `all`. With a group it is a fault. */
  readonly since?: string
  /** Nameless reading: end at what is there now. */
  readonly until?: 'now'
  /** Deliveries worked on at once; one a key. Default 1 for `for await`, 16 for a handler. */
  readonly concurrency?: number
  /** The bus takes a delivery back after this long. Default 30,000. */
  readonly ackTimeoutMs?: number
  readonly qos?: Qos
  /** Groups only: tries that count before an event becomes a dead letter. Default: as many as it takes. */
  readonly maxAttempts?: number
  /** Groups only: also the topics that list the group under `consumers`; on open loopback, when none does, all without such a list. */
  readonly declared?: boolean
  /** Groups only: how often and how fast the bus tries again, and whether a system lies behind the subscriber. */
  readonly policy?: DeliveryPolicy
  readonly signal?: AbortSignal
  readonly onGap?: (gap: WireGap) => void
}

/** One delivery. `String(msg)` is `msg.data`, so that `JSON.parse(msg)` works. */
export interface Message {
  readonly event: WireEvent
  readonly payload: Json
  /** The payload as JSON text. */
  readonly data: string
  readonly topic: string
  readonly id: string
  readonly key: string | undefined
  readonly attempt: number
  /** When the bus takes the delivery back, or null for a nameless reader. */
  readonly deadline: Date | null
  /** Resolves when the acknowledgement is durable; rejects with `expired` when the delivery is no longer ours. Refusals that nobody awaits go to `onError`. */
  ack(): Promise<void>
  /** Asks for the event again, after `delayMs` (default 0). Counts as an attempt. */
  nack(options?: { readonly delayMs?: number; readonly reason?: string }): Promise<void>
  /** Keeps the delivery for `ms` more from now on. Rejects with `expired` once it is settled. */
  extend(ms: number): Promise<void>
  /**
   * Settles with any outcome of the wire: what `ack`, `nack` and `extend` are made of, and what an adapter's host uses
   * for `refused` and `unknown`. The first outcome that ends the delivery counts; later ones answer as the first did.
   */
  settle(outcome: WireOutcome): Promise<void>
  toString(): string
}

export interface Subscription extends AsyncIterable<Message> {
  /** The group, or null for a nameless reader that keeps no place. */
  readonly group: string | null
  /** Resolves when the bus has accepted the subscription; rejects when it refused it. */
  readonly ready: Promise<void>
  /** Resolves when the subscription has ended; rejects with its error. */
  readonly closed: Promise<void>
  /** Ends it: what is unsettled is handed back. May be called twice. */
  close(): Promise<void>
}

export type MessageHandler = (message: Message) => unknown
// biome-ignore lint/suspicious/noExplicitAny: whoever names the topic knows the payload's shape; asking for a cast would break the published snippets in TypeScript.
export type PayloadHandler = (payload: any, message: Message) => unknown

/** The adapters that this process carries. */
export interface AdapterRegistry {
  /** Registers an adapter in the short or full form; its functions run in this process. */
  register(name: string, config: object): Promise<RegisteredAdapter>
}

export interface RegisteredAdapter {
  readonly name: string
  close(): Promise<void>
}

export interface Bus {
  /** The principal's name on this connection, or null. */
  readonly name: string | null
  publish(topic: string, payload: unknown, options?: PublishOptions): Promise<Published>
  publishMany(
    topic: string,
    events: readonly ({ readonly payload: unknown } & PublishOptions)[],
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<readonly PublishOutcome[]>
  subscribe(topics: string | readonly string[], options?: SubscribeOptions): Subscription
  subscribe(topics: string | readonly string[], handler: MessageHandler, options?: SubscribeOptions): Subscription
  subscribe(handler: MessageHandler, options?: SubscribeOptions): Subscription
  on(topic: string, handler: PayloadHandler, options?: SubscribeOptions): Subscription
  emit(event: { readonly type: string; readonly [name: string]: unknown }): Promise<Published>
  emit(topic: string, payload: unknown): Promise<Published>
  readonly adapters: AdapterRegistry
  readonly connectors: AdapterRegistry
  /** Sends what is under way, or rejects it within `timeoutMs` (default 5,000). May be called twice. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
