import { type SettleResult, SyncError, type TargetHealth } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { Notices } from '../../observe/notices.js'
import type { Topic } from '../../publish/topic.js'
import type { Consumption, ConsumptionOwner } from '../consumption/consumption.js'
import type { Entry } from '../consumption/lanes.js'
import { deadLetterNotice, gapNotice, heldFullNotice, parkingFullNotice, targetNotice } from '../delivery-notices.js'
import type { GaveUp } from '../failures/dead-letters.js'
import type { Delivery, Receiver, Settlement } from '../receiver.js'
import type { GroupPolicy } from '../targets/policy.js'
import { Verdicts, type VerdictsOwner } from '../targets/verdicts.js'
import type { ChosenTopics } from './chosen-topics.js'
import { Member, type MemberGroup } from './member.js'
import { type Flight, UnderWay } from './under-way.js'

export interface GroupParts {
  readonly clock: Clock
  readonly notices: Notices
  /** The group's target was paused because it failed for too long: to be remembered. */
  readonly onPaused: (group: string, reason: string) => void
}

const maxExtendMs = 24 * 3_600_000

/**
 * One consumer of topics: its members share the events, each event goes to one of them, one event of a key at a time.
 * It hands out tokens and takes back what is not settled in time.
 */
export class Group implements ConsumptionOwner, MemberGroup, VerdictsOwner {
  readonly name: string
  /** All partitions of all topics that it takes from. */
  readonly consumptions: Consumption[] = []
  readonly verdicts: Verdicts
  gaps = 0
  readonly #parts: GroupParts
  readonly #underWay: UnderWay
  readonly #members: Member[] = []
  #turn = 0
  /** Where the next look for deliveries begins: behind the partition served last, so that none waits for another's backlog. */
  #from = 0
  /** Settlements that are not durable yet. */
  #settling = 0
  /** Whoever waits until nothing is out any more; null: deliveries go out. */
  #drained: (() => void)[] | null = null

  /** @param newToken never gives the same token twice: not to another group, not after a restart. */
  constructor(name: string, newToken: () => string, parts: GroupParts) {
    this.name = name
    this.#parts = parts
    this.verdicts = new Verdicts(parts.clock, this)
    this.#underWay = new UnderWay(parts.clock, newToken, (late) => {
      for (const flight of late) this.verdicts.late(flight).catch(() => {})
      this.dispatch()
    })
  }

  get members(): number {
    return this.#members.length
  }

  /**
   * Whether a member that takes whatever topic there is would take this one; with `named`, also one that named it:
   * it was removed under that member, and is back.
   */
  takes(topic: Topic, named: boolean): boolean {
    return this.#members.some((member) => (named || member.open) && member.takes(topic.config))
  }

  /** The topics that it takes from, or of them those that a member chose. */
  topics(chosen?: ChosenTopics): readonly string[] {
    const taken = this.consumptions.filter(({ topic }) => chosen?.takes(topic.config) ?? true)
    return [...new Set(taken.map(({ topic }) => topic.name))]
  }

  /** @param paused why its target was paused in an earlier life; null: it was not. */
  join(topics: ChosenTopics, ackTimeoutMs: number, receiver: Receiver, policy: GroupPolicy, paused: string | null): Member {
    const member = new Member({ group: this, topics, ackTimeoutMs, receiver })
    this.#members.push(member)
    this.verdicts.follow(policy, paused)
    this.wakeWanted()
    return member
  }

  leave(member: Member): void {
    const at = this.#members.indexOf(member)
    if (at === -1) return
    this.#members.splice(at, 1)
    this.#takeBack((flight) => flight.member === member || !this.#wanted(flight.consumption))
    for (const consumption of this.consumptions) if (!this.#wanted(consumption)) consumption.sleep()
    this.dispatch()
  }

  /** Wakes what a member wants and sleeps: a member came, or a topic did. */
  wakeWanted(): void {
    for (const consumption of this.consumptions) if (this.#wanted(consumption)) consumption.wake()
  }

  /** Sends what is ready to members that asked for it, turn by turn. */
  dispatch(): void {
    if (this.#drained !== null) return this.#lookDrained()
    const out = new Map<Member, Delivery[]>()
    const { target } = this.verdicts
    let allowed = target?.allowance() ?? Number.POSITIVE_INFINITY
    const before = allowed
    const { length } = this.consumptions
    const from = this.#from
    for (let i = 0; i < length; i++) {
      const at = (from + i) % length
      const consumption = this.consumptions[at]!
      if (!consumption.awake) continue
      while (allowed > 0) {
        const member = this.#nextMember(consumption)
        const entry = member === null ? null : consumption.take()
        if (member === null || entry === null) break
        member.wants--
        allowed--
        this.#from = at + 1
        const delivery = this.#send(consumption, entry, member)
        const list = out.get(member)
        if (list === undefined) out.set(member, [delivery])
        else list.push(delivery)
      }
    }
    if (target !== null && before > 0) {
      if (allowed < before) target.sent(before - allowed)
      else if (!this.consumptions.some((consumption) => consumption.hasReady)) target.drained()
    }
    for (const [member, deliveries] of out) member.receiver.receive(deliveries)
  }

  /** Resolves when what was settled is durable. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    const durable = new Set<Promise<void>>()
    const results = settlements.map(({ token, outcome }): SettleResult => {
      const flight = this.#underWay.get(token)
      if (flight === undefined) return 'expired'
      if (outcome.outcome === 'extend') {
        this.#underWay.extend(flight, Math.min(outcome.byMs, maxExtendMs))
        return 'ok'
      }
      this.#underWay.end(token)
      durable.add(this.verdicts.end(flight, outcome))
      return 'ok'
    })
    this.#settling++
    this.dispatch()
    try {
      await Promise.all(durable)
    } finally {
      this.#settling--
      this.#lookDrained()
    }
    return results
  }

  /** Hands out nothing from now on. Resolves when what is out has been settled, durably, or handed back. */
  drain(): Promise<void> {
    this.#drained ??= []
    const drained = new Promise<void>((resolve) => this.#drained?.push(resolve))
    this.#lookDrained()
    return drained
  }

  /** What these tokens stand for goes out again at once; it does not count as an attempt. */
  handBack(tokens: readonly string[]): void {
    const wanted = new Set(tokens)
    this.#takeBack((_flight, token) => wanted.has(token))
    this.dispatch()
  }

  /** Ends deliveries of one topic: their tokens are old from now on, and its partitions sleep. */
  interrupt(topic: string | null): void {
    this.#underWay.takeBack(({ consumption }) => topic === null || consumption.topic.name === topic)
    for (const consumption of this.consumptions) if (topic === null || consumption.topic.name === topic) consumption.sleep()
    this.verdicts.target?.handedBack()
  }

  /** Ends the members that named this topic and have no other left, with the reason. Who takes what comes later stays. */
  endIdle(topic: Topic, reason: Error): void {
    const idle = this.#members.filter(
      (member) => !member.open && member.takes(topic.config) && !this.consumptions.some((one) => member.takes(one.topic.config)),
    )
    for (const member of idle) {
      this.leave(member)
      member.receiver.ended(reason)
    }
  }

  /** Ends every membership, with the reason. */
  end(reason: Error): void {
    this.interrupt(null)
    this.#underWay.close()
    this.verdicts.target?.close()
    for (const member of this.#members.splice(0)) member.receiver.ended(reason)
  }

  gap(topic: Topic, partition: number, first: Offset, last: Offset): void {
    this.gaps++
    this.#parts.notices.tell(gapNotice(this.name, topic.name, partition, first, last))
    for (const member of this.#members) if (member.takes(topic.config)) member.receiver.gap({ topic: topic.name, partition, first, last })
  }

  gaveUp(topic: Topic, entry: Entry, why: GaveUp): void {
    this.#parts.notices.tell(deadLetterNotice(this.name, topic.name, entry, why))
  }

  parkingFull(topic: Topic, key: string): void {
    this.#parts.notices.tell(parkingFullNotice(this.name, topic.name, key))
  }

  heldFull(topic: Topic, partition: number): void {
    this.#parts.notices.tell(heldFullNotice(this.name, topic.name, partition))
  }

  startAgain(consumption: Consumption): void {
    if (!consumption.awake) return
    this.#underWay.takeBack((flight) => flight.consumption === consumption)
    consumption.sleep()
    this.verdicts.target?.handedBack()
    this.wakeWanted()
  }

  received(): number {
    return this.consumptions.reduce((sum, { partition, topic }) => (partition === 0 ? sum + topic.counts.published : sum), 0)
  }

  targetChanged(health: TargetHealth): void {
    if (health.state === 'paused') this.#parts.onPaused(this.name, health.reason ?? '')
    this.#parts.notices.tell(targetNotice(this.name, health))
  }

  #lookDrained(): void {
    if (this.#drained === null || this.#underWay.size + this.#settling > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #wanted(consumption: Consumption): boolean {
    return this.#members.some((member) => member.takes(consumption.topic.config))
  }

  #nextMember({ topic }: Consumption): Member | null {
    for (let i = 0; i < this.#members.length; i++) {
      const member = this.#members[(this.#turn + i) % this.#members.length]!
      if (member.wants > 0 && member.takes(topic.config)) {
        this.#turn = (this.#turn + i + 1) % this.#members.length
        return member
      }
    }
    return null
  }

  #send(consumption: Consumption, entry: Entry, member: Member): Delivery {
    const token = this.#underWay.add(consumption, entry, member)
    const deadline = this.#parts.clock.now() + member.ackTimeoutMs
    return { token, attempt: consumption.attemptsOf(entry) + 1, deadline, event: entry.event! }
  }

  #takeBack(which: (flight: Flight, token: string) => boolean): void {
    const back = this.#underWay.takeBack(which)
    for (const [consumption, entries] of back) consumption.handBack(entries)
    if (back.size > 0) this.verdicts.target?.handedBack()
  }
}

/** The error of everything that ends because its group does. */
export function groupDeleted(name: string): SyncError {
  return new SyncError('unknown_group', `The group ${name} was deleted; what it was owed is gone. Subscribe again to begin anew.`)
}
