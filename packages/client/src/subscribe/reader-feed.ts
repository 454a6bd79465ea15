import type { SyncError } from '../errors.js'
import type { Link } from '../link/link.js'
import { OncePerTick } from '../timing/tick.js'
import type { ServerFrame } from '../wire.js'
import { Delivered } from './delivered.js'
import type { LocalSubscription } from './local-subscription.js'

/** What may wait in this process for one nameless reader. */
const aheadBytes = 4 * 1_024 * 1_024
const minAhead = 8
const maxAhead = 2_048
const firstAhead = 128

export interface ReaderHome {
  readonly link: () => Link
  readonly over: (feed: ReaderFeed) => void
}

/**
 * One nameless reader on the wire. Nothing it reads is leased, so what was received stays good over a lost connection:
 * it goes on behind the last cursor of each topic that it was given.
 */
export class ReaderFeed {
  readonly sub: number
  readonly member: LocalSubscription
  readonly #home: ReaderHome
  readonly #cursors = new Map<string, string>()
  readonly #refill = new OncePerTick(() => this.#grant())
  #granted = 0
  #averageBytes = 1_024
  #seen = 0
  #state: 'new' | 'asked' | 'over' = 'new'

  constructor(home: ReaderHome, sub: number, member: LocalSubscription) {
    this.#home = home
    this.sub = sub
    this.member = member
    if (home.link().up) this.subscribe()
  }

  subscribe(): void {
    if (this.#state === 'over') return
    const { since, until, qos } = this.member.options
    const { topics } = this.member
    this.#state = 'asked'
    this.#granted = Math.max(0, this.#ahead() - this.member.queued)
    this.#home.link().send({
      op: 'subscribe',
      sub: this.sub,
      topics: topics.names === null ? null : [...topics.names],
      credit: this.#granted,
      ...(since === undefined ? {} : { since }),
      ...(this.#cursors.size === 0 ? {} : { after: Object.fromEntries(this.#cursors) }),
      ...(until === undefined ? {} : { until }),
      ...(qos === undefined ? {} : { qos }),
    })
  }

  frame(frame: Extract<ServerFrame, { sub: number }>): void {
    if (this.#state === 'over') return
    if (frame.op === 'events') this.#take(frame)
    else if (frame.op === 'subscribed') this.member.started()
    else if (frame.op === 'gap') this.member.gap({ topic: frame.topic, first: frame.first, last: frame.last })
  }

  ended(error: SyncError | null): void {
    if (error?.code === 'shutting_down' || this.#state === 'over') return
    this.#state = 'over'
    if (error === null) this.member.finish()
    else this.member.end(error)
    this.#home.over(this)
  }

  roomy(): void {
    this.#refill.ask()
  }

  lost(): void {
    this.#granted = 0
    if (this.#state !== 'over') this.#state = 'new'
  }

  close(): void {
    if (this.#state === 'over') return
    const known = this.#state !== 'new'
    this.#state = 'over'
    if (known && this.#home.link().up) this.#home.link().send({ op: 'unsubscribe', sub: this.sub })
    this.#home.over(this)
  }

  #take(frame: Extract<ServerFrame, { op: 'events' }>): void {
    this.#granted -= frame.items.length
    this.#cursors.set(frame.topic, frame.next)
    for (const event of frame.items) {
      const message = new Delivered(event, 1)
      // Sizes of a few events a frame tell enough; writing each one again would cost more than it saves.
      if (this.#seen++ % 64 === 0) this.#averageBytes += (message.data.length + 512 - this.#averageBytes) / 4
      this.member.take(message)
    }
  }

  #ahead(): number {
    if (this.#seen === 0) return firstAhead
    return Math.max(minAhead, Math.min(maxAhead, Math.floor(aheadBytes / this.#averageBytes)))
  }

  #grant(): void {
    if (this.#state !== 'asked' || !this.#home.link().up) return
    const ahead = this.#ahead()
    const n = ahead - this.member.queued - this.#granted
    // Half a window at a time: a credit frame for each event would cost as much as the event.
    if (n < ahead / 2) return
    this.#granted += n
    this.#home.link().send({ op: 'credit', sub: this.sub, n })
  }
}
