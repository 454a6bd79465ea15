import type { WireOutcome } from '@hms-sync/client'
import type { Offset, OutgoingEvent } from '../event.js'

/** One event on its way to one group. */
export interface Delivery {
  /** Settles this try and no other. */
  readonly token: string
  readonly attempt: number
  /** When it is taken back, ms since 1970. */
  readonly deadline: number
  readonly event: OutgoingEvent
}

/** Where deliveries go: a connection, a waiting pull, an adapter's worker. */
export interface Receiver {
  /** Gets at most as many as it asked for with `ready`. Must not throw. */
  receive(deliveries: readonly Delivery[]): void
  /** Owed or wanted events between the two offsets (both included) were trimmed. */
  gap(gap: { readonly topic: string; readonly partition: number; readonly first: Offset; readonly last: Offset }): void
  /** The membership is over by the bus's will: it shuts down, the group was deleted, the topic is gone. */
  ended(error: Error): void
}

/** A receiver's place in a group. */
export interface Membership {
  readonly group: string
  readonly topics: readonly string[]
  /** Asks for n deliveries more. */
  ready(n: number): void
  /** Takes back what was asked for and has not come: nothing is received until the next `ready`. */
  pause(): void
  /** Hands back these deliveries at once; it does not count as an attempt. Tokens that are settled or unknown are passed over. */
  handBack(tokens: readonly string[]): void
  /** Hands back what is unsettled; it does not count as an attempt. May be called twice. */
  leave(): void
}

export interface Settlement {
  readonly token: string
  readonly outcome: WireOutcome
}
