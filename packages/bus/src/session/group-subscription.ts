import { SyncError, toProblem } from '@hms-sync/client'
import type { Delivery, Membership, Receiver } from '../delivery/receiver.js'
import { formatPosition } from '../event.js'
import { fullBytes } from './peer.js'
import type { SessionSubscription, SubscriptionOptions } from './subscription.js'

/** A connection's place in a group: deliveries out, as many as the client gave credit for and its connection takes. */
export class GroupSubscription implements SessionSubscription, Receiver {
  readonly group: string
  readonly #options: SubscriptionOptions
  #membership: Membership | null = null
  /** Deliveries that the client asked for and has not got. */
  #credit: number
  /** Nothing is asked for until the peer has taken what it got: what it does not settle in time would come on top, again and again. */
  #held = false
  #closed = false

  constructor(options: SubscriptionOptions & { readonly group: string }) {
    this.group = options.group
    this.#options = options
    this.#credit = options.frame.credit
  }

  start(): void {
    const { bus, principal, frame } = this.#options
    if (frame.since !== undefined || frame.after !== undefined) {
      this.#fail(
        new SyncError(
          'invalid_request',
          `A group has its own place; since is for reading without one. To move the group: hms-sync groups seek ${this.group} --to ${frame.since ?? 'PLACE'}`,
        ),
      )
      return
    }
    const { topics, declared, from, ackTimeoutMs, qos, policy } = frame
    bus
      .join(
        principal,
        {
          group: this.group,
          topics,
          ...(declared === undefined ? {} : { declared }),
          ...(from === undefined ? {} : { from }),
          ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
          ...(qos === undefined ? {} : { qos }),
          ...(policy === undefined ? {} : { policy }),
        },
        this,
      )
      .then(
        (membership) => this.#joined(membership),
        (error: unknown) => this.#fail(error),
      )
  }

  credit(n: number): void {
    this.#credit += n
    if (!this.#held) this.#membership?.ready(n)
  }

  drained(): void {
    if (!this.#held) return
    this.#held = false
    this.#membership?.ready(this.#credit)
  }

  close(): void {
    this.#closed = true
    this.#membership?.leave()
  }

  receive(deliveries: readonly Delivery[]): void {
    const items = deliveries.map(
      ({ token, attempt, deadline, event }) =>
        `{"token":"${token}","attempt":${attempt},"deadline":"${new Date(deadline).toISOString()}","event":${event.wire}}`,
    )
    this.#credit -= deliveries.length
    this.#options.peer.send(`{"op":"deliveries","sub":${this.#options.frame.sub},"items":[${items.join(',')}]}`)
    if (this.#options.peer.bufferedBytes() <= fullBytes) return
    this.#held = true
    this.#membership?.pause()
  }

  gap(gap: { readonly topic: string; readonly partition: number; readonly first: bigint; readonly last: bigint }): void {
    this.#send({
      op: 'gap',
      topic: gap.topic,
      first: formatPosition(gap.partition, gap.first),
      last: formatPosition(gap.partition, gap.last),
    })
  }

  ended(error: Error): void {
    this.#send({ op: 'ended', error: toProblem(error) })
    this.#options.ended()
  }

  #joined(membership: Membership): void {
    if (this.#closed) {
      membership.leave()
      return
    }
    this.#membership = membership
    this.#send({ op: 'subscribed', topics: membership.topics, group: this.group })
    membership.ready(this.#credit)
  }

  #fail(error: unknown): void {
    this.#send({ op: 'failed', error: toProblem(error) })
    this.#options.ended()
  }

  #send(frame: object): void {
    if (!this.#closed) this.#options.peer.send(JSON.stringify({ ...frame, sub: this.#options.frame.sub }))
  }
}
