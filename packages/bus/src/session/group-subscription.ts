import { SyncError, toProblem } from '@hms-sync/client'
import type { Delivery, Membership, Receiver } from '../delivery/receiver.js'
import { formatPosition } from '../event.js'
import type { SessionSubscription, SubscriptionOptions } from './subscription.js'

/** A connection's place in a group: deliveries out, as many as the client gave credit for. */
export class GroupSubscription implements SessionSubscription, Receiver {
  readonly group: string
  readonly #options: SubscriptionOptions
  #membership: Membership | null = null
  #credit: number
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
    if (this.#membership === null) this.#credit += n
    else this.#membership.ready(n)
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
    this.#options.peer.send(`{"op":"deliveries","sub":${this.#options.frame.sub},"items":[${items.join(',')}]}`)
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
