import { OncePerTick } from '../timing/tick.js'
import type { FeedHome } from './group-feed.js'
import { GroupFeed } from './group-feed.js'
import type { LocalSubscription } from './local-subscription.js'
import type { Topics } from './topics.js'
import { overlap, sameTopics, union } from './topics.js'

/**
 * All subscriptions of one group in this process. Two that share a topic must both get its events, and the bus gives
 * each event of a group only once: so those whose topics meet share one feed, and each takes its own topics from it.
 * Planned once a turn, because subscriptions are mostly made together at the start.
 */
export class GroupDesk {
  readonly #home: Omit<FeedHome, 'over'>
  readonly #openFeed: (make: (sub: number) => GroupFeed) => GroupFeed
  readonly #closedFeed: (feed: GroupFeed) => void
  readonly #members = new Set<LocalSubscription>()
  readonly #feeds = new Set<GroupFeed>()
  readonly #plan = new OncePerTick(() => this.#arrange())

  constructor(
    home: Omit<FeedHome, 'over'>,
    openFeed: (make: (sub: number) => GroupFeed) => GroupFeed,
    closedFeed: (feed: GroupFeed) => void,
  ) {
    this.#home = home
    this.#openFeed = openFeed
    this.#closedFeed = closedFeed
  }

  get empty(): boolean {
    return this.#members.size === 0 && this.#feeds.size === 0
  }

  join(member: LocalSubscription): void {
    this.#members.add(member)
    this.#plan.ask()
  }

  leave(member: LocalSubscription): void {
    this.#members.delete(member)
    // At once: what it held goes back without waiting for the next turn.
    this.#arrange()
  }

  roomy(member: LocalSubscription): void {
    for (const feed of this.#feeds) if (feed.members.includes(member)) feed.roomy()
  }

  #arrange(): void {
    const parties = partiesOf([...this.#members])
    for (const feed of [...this.#feeds]) {
      const party = parties.find(({ topics }) => sameTopics(topics, feed.topics))
      if (party !== undefined && !feed.retiring) this.#seat(feed, party.members)
      else {
        const remaining = feed.members.filter((member) => this.#members.has(member))
        if (remaining.length === 0) feed.close()
        else {
          // Who remains must not wait for what somebody who has gone will never settle.
          feed.seat(remaining)
          feed.retire()
        }
      }
    }
    for (const { topics, members } of parties) {
      // A feed that is going still holds some of these topics; its end plans again.
      if ([...this.#feeds].some((feed) => overlap(feed.topics, topics))) continue
      const feed = this.#openFeed((sub) => new GroupFeed({ ...this.#home, over: (ended) => this.#feedOver(ended) }, sub, members, topics))
      this.#feeds.add(feed)
    }
  }

  #seat(feed: GroupFeed, members: readonly LocalSubscription[]): void {
    const newcomers = members.filter((member) => !feed.members.includes(member))
    feed.seat(members)
    if (feed.subscribed) for (const member of newcomers) member.started()
  }

  #feedOver(feed: GroupFeed): void {
    this.#feeds.delete(feed)
    this.#closedFeed(feed)
    this.#plan.ask()
  }
}

interface Party {
  readonly topics: Topics
  readonly members: readonly LocalSubscription[]
}

/** Members whose topics meet, directly or through others, sit together. */
function partiesOf(members: readonly LocalSubscription[]): readonly Party[] {
  let parties: readonly Party[] = []
  for (const member of members) {
    const met = parties.filter(({ topics }) => overlap(topics, member.topics))
    const rest = parties.filter((party) => !met.includes(party))
    parties = [
      ...rest,
      { topics: union([...met.map(({ topics }) => topics), member.topics]), members: [...met.flatMap((party) => party.members), member] },
    ]
  }
  return parties
}
