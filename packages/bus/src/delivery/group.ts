import { type SettleResult, SyncError, type WireOutcome } from '@hms-sync/client'
import type { Clock, Timer } from '../clock.js'
import type { Offset } from '../event.js'
import type { Topic } from '../publish/topic.js'
import { refusedSchedule, retrySchedule } from './backoff.js'
import type { Consumption, ConsumptionOwner } from './consumption.js'
import type { Entry } from './lanes.js'
import { Member, type MemberGroup } from './member.js'
import type { Delivery, Receiver, Settlement } from './receiver.js'

/** One delivery under way. */
interface InFlight {
  readonly entry: Entry
  readonly consumption: Consumption
  readonly member: Member
  /** Monotonic ms. */
  deadline: number
}

const maxExtendMs = 24 * 3_600_000
const maxDelayMs = 7 * 24 * 3_600_000

/**
 * One consumer of topics: its members share the events, each event goes to one of them, one event of a key at a time.
 * It hands out tokens and takes back what is not settled in time.
 */
export class Group implements ConsumptionOwner, MemberGroup {
  readonly name: string
  /** All partitions of all topics that it takes from. */
  readonly consumptions: Consumption[] = []
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

  /** @param newToken never gives the same token twice: not to another group, not after a restart. */
  constructor(name: string, newToken: () => string, clock: Clock) {
    this.name = name
    this.#newToken = newToken
    this.#clock = clock
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

  join(topics: readonly string[] | null, ackTimeoutMs: number, receiver: Receiver): Member {
    const member = new Member({ group: this, topics, ackTimeoutMs, receiver })
    this.#members.push(member)
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
    for (const consumption of this.consumptions) {
      if (!consumption.awake) continue
      for (;;) {
        const member = this.#nextMember(consumption)
        const entry = member === null ? null : consumption.take()
        if (member === null || entry === null) break
        member.wants--
        const delivery = this.#send(consumption, entry, member)
        const list = out.get(member)
        if (list === undefined) out.set(member, [delivery])
        else list.push(delivery)
      }
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
  }

  /** Ends every membership, with the reason. */
  end(reason: Error): void {
    this.interrupt(null)
    this.#sweep?.timer.cancel()
    for (const member of this.#members.splice(0)) member.receiver.ended(reason)
  }

  gap(topic: Topic, partition: number, first: Offset, last: Offset): void {
    this.onGap?.(topic.name, partition, first, last)
    for (const member of this.#members) if (member.takes(topic.config)) member.receiver.gap({ topic: topic.name, partition, first, last })
  }
  onGap: ((topic: string, partition: number, first: Offset, last: Offset) => void) | null = null

  #end({ entry, consumption }: InFlight, outcome: Exclude<WireOutcome, { outcome: 'extend' }>): Promise<void> {
    if (outcome.outcome === 'done') return consumption.done(entry)
    const reason = (outcome.reason ?? 'no reason given').slice(0, 500)
    if (outcome.delayMs !== undefined) return consumption.failed(entry, reason, { delayMs: Math.min(outcome.delayMs, maxDelayMs) })
    return consumption.failed(entry, reason, { schedule: outcome.outcome === 'refused' ? refusedSchedule : retrySchedule })
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
    const deadline = this.#clock.monotonic() + member.ackTimeoutMs
    this.#inFlight.set(token, { entry, consumption, member, deadline })
    this.#sweepAt(deadline)
    return { token, attempt: entry.attempts + 1, deadline: this.#clock.now() + member.ackTimeoutMs, event: entry.event! }
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
  }

  #sweepAt(deadline: number): void {
    if (this.#sweep !== null && this.#sweep.at <= deadline) return
    this.#sweep?.timer.cancel()
    const timer = this.#clock.after(Math.max(0, deadline - this.#clock.monotonic()), () => this.#sweepNow())
    this.#sweep = { timer, at: deadline }
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
      flight.consumption.failed(flight.entry, `not acknowledged within ${flight.member.ackTimeoutMs} ms`, { delayMs: 0 }).catch(() => {})
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#sweepAt(earliest)
    this.dispatch()
  }
}

/** The error of everything that ends because its group does. */
export function groupDeleted(name: string): SyncError {
  return new SyncError('unknown_group', `The group ${name} was deleted; what it was owed is gone. Subscribe again to begin anew.`)
}
