import type { Report } from '../answer.js'
import type { SubscribeOptions } from '../bus.js'
import type { SyncError } from '../errors.js'
import type { Link } from '../link/link.js'
import { Deadlines, type Expiring } from '../timing/deadlines.js'
import { monotonicMs, OncePerTick } from '../timing/tick.js'
import type { DeliveryPolicy, ServerFrame, WireDelivery, WireOutcome } from '../wire.js'
import type { LocalSubscription } from './local-subscription.js'
import type { Settler } from './settler.js'
import { SharedDelivery } from './shared-delivery.js'
import type { Topics } from './topics.js'

/** A delivery that the bus counts as ours, and who got it. */
interface Held extends Expiring {
  readonly shared: SharedDelivery
  readonly takers: readonly LocalSubscription[]
}

const defaultAckTimeoutMs = 30_000

export interface FeedHome {
  readonly link: () => Link
  readonly settler: Settler
  readonly report: Report
  /** The feed has ended by itself or by the bus's will. */
  readonly over: (feed: GroupFeed) => void
}

/**
 * One subscription on the wire: a member of a group. It carries all subscriptions of this process that share its group
 * and topics, asks for as much as the slowest of them has room for, and forgets what it held when the connection is lost.
 */
export class GroupFeed {
  readonly sub: number
  readonly group: string
  readonly topics: Topics
  readonly #options: SubscribeOptions
  readonly #home: FeedHome
  readonly #ackTimeoutMs: number
  readonly #held = new Map<SharedDelivery, Held>()
  readonly #leases = new Deadlines<Held>((held) => this.#look(held))
  readonly #refill = new OncePerTick(() => this.#grant())
  members: readonly LocalSubscription[]
  /** Asked for and not received. */
  #granted = 0
  #state: 'new' | 'asked' | 'subscribed' | 'retiring' | 'over' = 'new'

  constructor(home: FeedHome, sub: number, members: readonly LocalSubscription[], topics: Topics) {
    const first = members[0]!
    this.#home = home
    this.sub = sub
    this.group = first.group!
    this.topics = topics
    this.#options = first.options
    this.#ackTimeoutMs = Math.max(...members.map(({ options }) => options.ackTimeoutMs ?? defaultAckTimeoutMs))
    this.members = members
    if (home.link().up) this.subscribe()
  }

  get subscribed(): boolean {
    return this.#state === 'subscribed'
  }

  get retiring(): boolean {
    return this.#state === 'retiring'
  }

  /** On every new connection. */
  subscribe(): void {
    if (this.#state === 'over') return
    const { from, qos } = this.#options
    const policy = policyOf(this.#options)
    const { names, declared } = this.topics
    this.#granted = this.#room()
    this.#state = 'asked'
    this.#home.link().send({
      op: 'subscribe',
      sub: this.sub,
      topics: names === null ? null : [...names],
      ...(declared ? { declared } : {}),
      group: this.group,
      credit: this.#granted,
      ...(from === undefined ? {} : { from }),
      ...(this.#ackTimeoutMs === defaultAckTimeoutMs ? {} : { ackTimeoutMs: this.#ackTimeoutMs }),
      ...(qos === undefined ? {} : { qos }),
      ...(policy === undefined ? {} : { policy }),
    })
  }

  frame(frame: Extract<ServerFrame, { sub: number }>): void {
    if (frame.op === 'deliveries') for (const delivery of frame.items) this.#deliver(delivery)
    else if (frame.op === 'subscribed') {
      if (this.#state === 'asked') this.#state = 'subscribed'
      for (const member of this.members) member.started()
    } else if (frame.op === 'gap')
      for (const member of this.members) member.gap({ topic: frame.topic, first: frame.first, last: frame.last })
  }

  /** The bus ended it, or refused it. */
  ended(error: SyncError | null): void {
    // A bus that goes down ends its memberships first; the feed subscribes again on the next connection.
    if (error?.code === 'shutting_down') return
    this.#state = 'over'
    this.#forget('the subscription has ended')
    for (const member of this.members) member.end(error)
    this.#home.over(this)
  }

  /** There may be room for more. */
  roomy(): void {
    this.#refill.ask()
  }

  lost(): void {
    this.#granted = 0
    this.#forget('the connection to the bus was lost')
    if (this.#state === 'over') return
    const retiring = this.#state === 'retiring'
    this.#state = 'new'
    if (retiring) this.close()
  }

  /** Other members sit here from now on; what those who go have not settled comes again. */
  seat(members: readonly LocalSubscription[]): void {
    const left = this.members.filter((member) => !members.includes(member))
    this.members = members
    for (const { shared, takers } of [...this.#held.values()]) {
      for (const member of left) shared.leave(takers.indexOf(member))
    }
    this.roomy()
  }

  /** Takes nothing new; ends once what was begun is settled or its leases are over. What nobody has begun is handed back then. */
  retire(): void {
    if (this.#state === 'over') return
    this.#state = 'retiring'
    this.#endIfDone()
  }

  /** Ends it now: what is unsettled is handed back. */
  close(): void {
    if (this.#state === 'over') return
    const known = this.#state !== 'new'
    this.#state = 'over'
    this.#home.settler.flush()
    if (known && this.#home.link().up) this.#home.link().send({ op: 'unsubscribe', sub: this.sub })
    this.#forget('the subscription was closed')
    this.#home.over(this)
  }

  #deliver(delivery: WireDelivery): void {
    this.#granted--
    const takers = this.members.filter((member) => member.takes(delivery.event.topic))
    if (takers.length === 0 || this.#state === 'over') return
    const shared = new SharedDelivery(
      {
        ackTimeoutMs: this.#ackTimeoutMs,
        report: this.#home.report,
        settle: (token: string, outcome: WireOutcome) => this.#home.settler.settle(this.sub, token, outcome),
        over: (ended) => this.#release(ended),
      },
      delivery,
      takers.length,
    )
    this.#watch(shared, takers)
    for (const [index, member] of takers.entries()) member.take(shared.messages[index]!)
  }

  /** Looked at when half of its time is over, and at its end. */
  #watch(shared: SharedDelivery, takers: readonly LocalSubscription[]): void {
    const half = shared.leaseEnds - this.#ackTimeoutMs / 2
    const held: Held = { shared, takers, deadline: half > monotonicMs() ? half : shared.leaseEnds, place: -1 }
    this.#held.set(shared, held)
    this.#leases.add(held)
  }

  #release(shared: SharedDelivery): void {
    const entry = this.#held.get(shared)
    if (entry === undefined) return
    this.#held.delete(shared)
    this.#leases.delete(entry)
    this.roomy()
    this.#endIfDone()
  }

  /**
   * Its time goes by. What was fetched ahead is renewed while it waits for its turn, as long as its subscription lives and
   * works: else each lease would cost the event a try, and in the end make a dead letter of what nobody has seen. It keeps
   * its key's turn meanwhile, and other members of the group miss no more than was fetched ahead, some 50 ms of work. When
   * this process was too busy to look in time, the bus has the last word.
   */
  #look({ shared, takers }: Held): void {
    for (const [sharer, taker] of takers.entries()) {
      const message = shared.messages[sharer]!
      if (message.waiting && taker.keeps(message)) message.renew()
    }
    if (shared.leaseEnds > monotonicMs()) {
      this.#watch(shared, takers)
      return
    }
    this.#held.delete(shared)
    shared.leaseOver()
    this.roomy()
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (this.#state === 'retiring' && ![...this.#held.keys()].some(({ begun }) => begun)) this.close()
  }

  /** What was held is the bus's again. */
  #forget(why: string): void {
    const held = [...this.#held.keys()]
    this.#held.clear()
    this.#leases.clear()
    for (const shared of held) shared.lose(why)
  }

  #room(): number {
    return Math.max(0, Math.min(...this.members.map((member) => member.room)))
  }

  #grant(): void {
    if (this.#state !== 'subscribed' && this.#state !== 'asked') return
    const n = this.#room() - this.#granted
    if (n <= 0 || !this.#home.link().up) return
    this.#granted += n
    this.#home.link().send({ op: 'credit', sub: this.sub, n })
  }
}

function policyOf({ policy, maxAttempts }: SubscribeOptions): DeliveryPolicy | undefined {
  return maxAttempts === undefined ? policy : { ...policy, maxAttempts }
}
