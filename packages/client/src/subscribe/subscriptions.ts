import type { Report } from '../answer.js'
import type { Problem, SyncError } from '../errors.js'
import { fromProblem } from '../errors.js'
import type { Link } from '../link/link.js'
import type { ServerFrame } from '../wire.js'
import { GroupDesk } from './group-desk.js'
import type { GroupFeed } from './group-feed.js'
import type { Asked } from './local-subscription.js'
import { LocalSubscription } from './local-subscription.js'
import { ReaderFeed } from './reader-feed.js'
import type { Settler } from './settler.js'

export interface SubscriptionsHome {
  readonly link: () => Link
  readonly settler: Settler
  readonly report: Report
  readonly changed: () => void
}

/** Everything this connection reads: which feed carries which subscription, and what to ask for again after a loss. */
export class Subscriptions {
  readonly #home: SubscriptionsHome
  readonly #feeds = new Map<number, GroupFeed | ReaderFeed>()
  readonly #desks = new Map<string, GroupDesk>()
  readonly #readers = new Map<LocalSubscription, ReaderFeed>()
  readonly #open = new Set<LocalSubscription>()
  #lastSub = 0

  constructor(home: SubscriptionsHome) {
    this.#home = home
  }

  get count(): number {
    return this.#open.size
  }

  open(asked: Asked): LocalSubscription {
    const subscription = new LocalSubscription(
      { report: this.#home.report, roomy: (one) => this.#roomy(one), left: (one) => this.#left(one) },
      asked,
    )
    this.#open.add(subscription)
    if (subscription.group === null) {
      const sub = ++this.#lastSub
      const feed = new ReaderFeed({ link: this.#home.link, over: () => this.#feeds.delete(sub) }, sub, subscription)
      this.#readers.set(subscription, feed)
      this.#feeds.set(sub, feed)
    } else this.#desk(subscription.group).join(subscription)
    this.#home.changed()
    return subscription
  }

  /** On every new connection. */
  welcomed(): void {
    for (const feed of [...this.#feeds.values()]) feed.subscribe()
  }

  lost(): void {
    for (const feed of [...this.#feeds.values()]) feed.lost()
  }

  frame(frame: Extract<ServerFrame, { sub: number }>): void {
    const feed = this.#feeds.get(frame.sub)
    if (feed === undefined) return
    if (frame.op === 'ended') feed.ended(frame.error === undefined ? null : fromProblem(frame.error))
    else feed.frame(frame)
  }

  failed(sub: number, problem: Problem): void {
    this.#feeds.get(sub)?.ended(fromProblem(problem))
  }

  /** Ends everything with an error, at once. */
  fail(error: SyncError): void {
    for (const subscription of [...this.#open]) subscription.end(error)
  }

  /** Begins nothing any more; resolves when no handler is at work. */
  async close(): Promise<void> {
    const open = [...this.#open]
    await Promise.all(open.map((subscription) => subscription.close()))
    await Promise.all(open.map(({ closed }) => closed.catch(() => {})))
  }

  #desk(group: string): GroupDesk {
    const known = this.#desks.get(group)
    if (known !== undefined) return known
    const desk = new GroupDesk(
      this.#home,
      (make) => {
        const feed = make(++this.#lastSub)
        this.#feeds.set(feed.sub, feed)
        return feed
      },
      (feed) => this.#feeds.delete(feed.sub),
    )
    this.#desks.set(group, desk)
    return desk
  }

  #roomy(subscription: LocalSubscription): void {
    if (subscription.group === null) this.#readers.get(subscription)?.roomy()
    else this.#desks.get(subscription.group)?.roomy(subscription)
  }

  #left(subscription: LocalSubscription): void {
    this.#open.delete(subscription)
    if (subscription.group === null) {
      this.#readers.get(subscription)?.close()
      this.#readers.delete(subscription)
    } else {
      const desk = this.#desks.get(subscription.group)
      desk?.leave(subscription)
      if (desk?.empty) this.#desks.delete(subscription.group)
    }
    this.#home.changed()
  }
}
