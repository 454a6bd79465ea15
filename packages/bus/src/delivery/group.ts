import { type AttemptReport, type SettleResult, SyncError, type TargetHealth, type WireOutcome } from '@hms-sync/client'
import type { Clock, Timer } from '../clock.js'
import type { Offset } from '../event.js'
import type { Notices } from '../observe/notices.js'
import type { Topic } from '../publish/topic.js'
import type { Consumption, ConsumptionOwner } from './consumption.js'
import { deadLetterNotice, gapNotice, parkingFullNotice, targetNotice } from './delivery-notices.js'
import { DurationHistogram } from './duration-histogram.js'
import type { GaveUp } from './failures/dead-letters.js'
import type { Entry } from './lanes.js'
import { Member, type MemberGroup } from './member.js'
import { type GroupPolicy, subscriberPolicy } from './policy.js'
import type { Delivery, Receiver, Settlement } from './receiver.js'
import { pauseMs } from './schedule.js'
import { Target, type TargetOwner } from './target.js'

/** One delivery under way. */
interface InFlight {
  readonly entry: Entry
  readonly consumption: Consumption
  readonly member: Member
  /** Monotonic ms. */
  readonly sentAt: number
  /** Monotonic ms. */
  deadline: number
}

type Ending = Exclude<WireOutcome, { outcome: 'extend' }>

export interface GroupParts {
  readonly clock: Clock
  readonly notices: Notices
  /** The group's target was paused because it failed for too long: to be remembered. */
  readonly onPaused: (group: string, reason: string) => void
}

const maxExtendMs = 24 * 3_600_000
const maxDelayMs = 7 * 24 * 3_600_000
/** So many events of different keys that fail with no success between are the system's fault. */
const failuresOfTarget = 5

/**
 * One consumer of topics: its members share the events, each event goes to one of them, one event of a key at a time.
 * It hands out tokens and takes back what is not settled in time.
 */
export class Group implements ConsumptionOwner, MemberGroup, TargetOwner {
  readonly name: string
  /** All partitions of all topics that it takes from. */
  readonly consumptions: Consumption[] = []
  /** How long tries took, by what the receiver reports. */
  readonly durations = new DurationHistogram()
  gaps = 0
  readonly #parts: GroupParts
  readonly #clock: Clock
  readonly #newToken: () => string
  readonly #members: Member[] = []
  readonly #inFlight = new Map<string, InFlight>()
  #turn = 0
  #sweep: { readonly timer: Timer; readonly at: number } | null = null
  /** Settlements that are not durable yet. */
  #settling = 0
  /** Whoever waits until nothing is out any more; null: deliveries go out. */
  #drained: (() => void)[] | null = null
  #policy: GroupPolicy = subscriberPolicy
  #target: Target | null = null
  /** Events that failed since the last success, each waiting for its own next try. */
  readonly #suspects = new Map<Entry, Consumption>()

  /** @param newToken never gives the same token twice: not to another group, not after a restart. */
  constructor(name: string, newToken: () => string, parts: GroupParts) {
    this.name = name
    this.#parts = parts
    this.#newToken = newToken
    this.#clock = parts.clock
  }

  get members(): number {
    return this.#members.length
  }

  /** Whether a member that takes whatever topic there is would take this one. */
  takesUnasked(topic: Topic): boolean {
    return this.#members.some((member) => member.everyTopic && member.takes(topic.config))
  }

  /** The topics that it takes from. */
  topics(): readonly string[] {
    return [...new Set(this.consumptions.map((consumption) => consumption.topic.name))]
  }

  /** How the system behind it does; null: subscribers, of whose system nothing is known. */
  get target(): Target | null {
    return this.#target
  }

  /** @param paused its target was paused in an earlier life. */
  join(topics: readonly string[] | null, ackTimeoutMs: number, receiver: Receiver, policy: GroupPolicy, paused: string | null): Member {
    const member = new Member({ group: this, topics, ackTimeoutMs, receiver })
    this.#members.push(member)
    this.#take(policy, paused)
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
    let allowed = this.#target?.allowance() ?? Number.POSITIVE_INFINITY
    const before = allowed
    for (const consumption of this.consumptions) {
      if (!consumption.awake) continue
      while (allowed > 0) {
        const member = this.#nextMember(consumption)
        const entry = member === null ? null : consumption.take()
        if (member === null || entry === null) break
        member.wants--
        allowed--
        const delivery = this.#send(consumption, entry, member)
        const list = out.get(member)
        if (list === undefined) out.set(member, [delivery])
        else list.push(delivery)
      }
    }
    if (this.#target !== null && before > 0) {
      if (allowed < before) this.#target.sent(before - allowed)
      else if (!this.consumptions.some((consumption) => consumption.hasReady)) this.#target.drained()
    }
    for (const [member, deliveries] of out) member.receiver.receive(deliveries)
  }

  /** Resolves when what was settled is durable. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    const durable: Promise<void>[] = []
    const results = settlements.map(({ token, outcome }): SettleResult => {
      const flight = this.#inFlight.get(token)
      if (flight === undefined) return 'expired'
      if (outcome.outcome === 'extend') {
        flight.deadline = this.#clock.monotonic() + Math.min(outcome.byMs, maxExtendMs)
        return 'ok'
      }
      this.#inFlight.delete(token)
      durable.push(this.#end(flight, outcome))
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
    for (const [token, flight] of this.#inFlight) {
      if (topic === null || flight.consumption.topic.name === topic) this.#inFlight.delete(token)
    }
    for (const consumption of this.consumptions) if (topic === null || consumption.topic.name === topic) consumption.sleep()
    this.#target?.handedBack()
  }

  /** Ends every membership, with the reason. */
  end(reason: Error): void {
    this.interrupt(null)
    this.#sweep?.timer.cancel()
    this.#target?.close()
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

  targetChanged(health: TargetHealth): void {
    if (health.state === 'paused') this.#parts.onPaused(this.name, health.reason ?? '')
    this.#parts.notices.tell(targetNotice(this.name, health))
  }

  #take(policy: GroupPolicy, paused: string | null): void {
    const before = this.#policy.target
    this.#policy = policy
    if (policy.target === null) {
      this.#target?.close()
      this.#target = null
    } else if (
      this.#target === null ||
      before?.ratePerSecond !== policy.target.ratePerSecond ||
      before.pauseAfterMs !== policy.target.pauseAfterMs
    ) {
      this.#target?.close()
      this.#target = new Target(policy.target, this.#clock, this)
      if (paused !== null) this.#target.pause(paused)
    }
  }

  /** What follows from an outcome. Resolves when durable. */
  #end({ entry, consumption, sentAt }: InFlight, outcome: Ending): Promise<void> {
    const report: AttemptReport = outcome.attempt ?? { durationMs: this.#clock.monotonic() - sentAt }
    this.durations.add(report.durationMs)
    consumption.tried(entry, outcome, report)
    if (outcome.outcome === 'done') {
      this.#answered()
      return consumption.done(entry, outcome.filtered === true)
    }
    const reason = (outcome.reason ?? 'no reason given').slice(0, 500)
    const why = { reason, errorClass: report.errorClass ?? null }
    if (outcome.outcome === 'refused') {
      this.#answered()
      return consumption.giveUp(entry, why)
    }
    if (this.#target !== null) {
      const whole = outcome.outcome === 'retry' && outcome.scope === 'target'
      // While the system fails as a whole, an event that fails is innocent until it answers again; others are tried before it.
      if (whole || !this.#target.healthy) {
        this.#target.failed(reason, outcome.delayMs)
        consumption.excused(entry, reason, !whole)
        return Promise.resolve()
      }
    }
    const { maxAttempts, retryMs } = this.#policy
    if (maxAttempts !== null && entry.attempts + 1 >= maxAttempts) return consumption.giveUp(entry, why)
    const delayMs = Math.min(outcome.delayMs ?? pauseMs(retryMs, entry.attempts + 1), maxDelayMs)
    const written = consumption.failed(entry, reason, delayMs)
    if (this.#target !== null) this.#suspect(this.#target, entry, consumption, reason)
    return written
  }

  #answered(): void {
    this.#suspects.clear()
    this.#target?.answered()
  }

  /** One event that fails is its own fault; several of different keys, with no success between, are the system's: then none of the tries counts. */
  #suspect(target: Target, entry: Entry, consumption: Consumption, reason: string): void {
    this.#suspects.set(entry, consumption)
    if (this.#suspects.size < failuresOfTarget) return
    target.failed(reason)
    for (const [suspect, of] of this.#suspects) of.forgive(suspect)
    this.#suspects.clear()
  }

  #lookDrained(): void {
    if (this.#drained === null || this.#inFlight.size + this.#settling > 0) return
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
    const token = this.#newToken()
    const sentAt = this.#clock.monotonic()
    const deadline = sentAt + member.ackTimeoutMs
    this.#inFlight.set(token, { entry, consumption, member, sentAt, deadline })
    this.#sweepAt(deadline)
    return { token, attempt: consumption.attemptsOf(entry) + 1, deadline: this.#clock.now() + member.ackTimeoutMs, event: entry.event! }
  }

  #takeBack(which: (flight: InFlight, token: string) => boolean): void {
    const back = new Map<Consumption, Entry[]>()
    for (const [token, flight] of this.#inFlight) {
      if (!which(flight, token)) continue
      this.#inFlight.delete(token)
      const entries = back.get(flight.consumption)
      if (entries === undefined) back.set(flight.consumption, [flight.entry])
      else entries.push(flight.entry)
    }
    for (const [consumption, entries] of back) consumption.handBack(entries)
    if (back.size > 0) this.#target?.handedBack()
  }

  #sweepAt(deadline: number): void {
    if (this.#sweep !== null && this.#sweep.at <= deadline) return
    this.#sweep?.timer.cancel()
    const timer = this.#clock.after(Math.max(0, deadline - this.#clock.monotonic()), () => this.#sweepNow())
    this.#sweep = { timer, at: deadline }
  }

  /** A subscriber gets it again at once; whether a system has applied it is not known. */
  #late({ member, sentAt }: InFlight): Ending {
    const attempt = { durationMs: this.#clock.monotonic() - sentAt, errorClass: 'not_acknowledged' } as const
    const reason = `not acknowledged within ${member.ackTimeoutMs} ms`
    return this.#target === null ? { outcome: 'retry', delayMs: 0, reason, attempt } : { outcome: 'unknown', reason, attempt }
  }

  /** What was not settled in time counts as an attempt and goes out again. */
  #sweepNow(): void {
    this.#sweep = null
    const now = this.#clock.monotonic()
    let earliest = Number.POSITIVE_INFINITY
    for (const [token, flight] of this.#inFlight) {
      if (flight.deadline > now) {
        earliest = Math.min(earliest, flight.deadline)
        continue
      }
      this.#inFlight.delete(token)
      this.#end(flight, this.#late(flight)).catch(() => {})
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#sweepAt(earliest)
    this.dispatch()
  }
}

/** The error of everything that ends because its group does. */
export function groupDeleted(name: string): SyncError {
  return new SyncError('unknown_group', `The group ${name} was deleted; what it was owed is gone. Subscribe again to begin anew.`)
}
