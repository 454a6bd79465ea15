import type { AttemptReport, TargetHealth, WireOutcome } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Entry } from '../consumption/lanes.js'
import type { Flight } from '../groups/under-way.js'
import { DurationHistogram } from './duration-histogram.js'
import { type GroupPolicy, subscriberPolicy } from './policy.js'
import { pauseMs } from './schedule.js'
import { Target } from './target.js'

/** An outcome that ends a delivery. */
export type Ending = Exclude<WireOutcome, { outcome: 'extend' }>

export interface VerdictsOwner {
  dispatch(): void
  targetChanged(health: TargetHealth): void
  received(): number
}

const maxDelayMs = 7 * 24 * 3_600_000
const maxReplayTries = 3
/** So many events of different keys that fail with no success between are the system's fault. */
const failuresOfTarget = 5

/**
 * What follows from an outcome: whose fault a failure is, the event's or the system's, and whether the event is tried
 * again, waits for the system, or gives up.
 */
export class Verdicts {
  /** How long tries took, by what the receiver reports. */
  readonly durations = new DurationHistogram()
  readonly #clock: Clock
  readonly #owner: VerdictsOwner
  #policy: GroupPolicy = subscriberPolicy
  #target: Target | null = null
  /** Events that failed since the last success, each waiting for its own next try. */
  readonly #suspects = new Map<Entry, Consumption>()
  /** How often the system has taken or refused something. */
  #answers = 0
  /** Events that have failed, with the answers there had been by then. */
  readonly #failedAt = new WeakMap<Entry, number>()

  constructor(clock: Clock, owner: VerdictsOwner) {
    this.#clock = clock
    this.#owner = owner
  }

  /** The system behind the group; null: subscribers, of whose system nothing is known. */
  get target(): Target | null {
    return this.#target
  }

  /** @param paused why the target was paused in an earlier life; null: it was not. */
  follow(policy: GroupPolicy, paused: string | null): void {
    const before = this.#policy.target
    this.#policy = policy
    const { target } = policy
    if (target !== null && this.#target !== null) {
      if (before?.ratePerSecond === target.ratePerSecond && before.pauseAfterMs === target.pauseAfterMs) return this.#target.probeNow()
    }
    this.#target?.close()
    this.#target = target === null ? null : new Target(target, this.#clock, this.#owner)
    if (paused !== null) this.#target?.pause(paused)
  }

  /** A delivery has ended. Resolves when what follows is durable. */
  end({ entry, consumption, sentAt }: Flight, outcome: Ending): Promise<void> {
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
    const whole = outcome.outcome === 'retry' && outcome.scope === 'target'
    const own = !whole && this.#isOwn(entry)
    if (this.#target !== null && (whole || !this.#target.healthy)) {
      this.#target.failed(reason, outcome.delayMs)
      // While the system fails as a whole, an event that fails is innocent until it answers again.
      if (!own) {
        consumption.excused(entry, reason)
        return Promise.resolve()
      }
    }
    const { retryMs } = this.#policy
    const maxAttempts = this.#mostTries(entry)
    if (maxAttempts !== null && entry.attempts + 1 >= maxAttempts) return consumption.giveUp(entry, why)
    const delayMs = Math.min(outcome.delayMs ?? pauseMs(retryMs, entry.attempts + 1), maxDelayMs)
    const written = consumption.failed(entry, reason, delayMs)
    if (this.#target !== null && !own) this.#suspect(this.#target, entry, consumption, reason)
    return written
  }

  /** A delivery was not settled in time: a subscriber gets it again at once; whether a system has applied it is not known. */
  late(flight: Flight): Promise<void> {
    const { member, sentAt } = flight
    const attempt = { durationMs: this.#clock.monotonic() - sentAt, errorClass: 'not_acknowledged' } as const
    const reason = `not acknowledged within ${member.ackTimeoutMs} ms`
    const again: Ending = { outcome: 'retry', delayMs: 0, reason, attempt }
    return this.end(flight, this.#target === null ? again : { outcome: 'unknown', reason, attempt })
  }

  /** What is sent again on purpose must not hold its key's live events up for the hours that these themselves may wait. */
  #mostTries({ again }: Entry): number | null {
    const { maxAttempts } = this.#policy
    return again?.kind === 'replay' ? Math.min(maxAttempts ?? maxReplayTries, maxReplayTries) : maxAttempts
  }

  #answered(): void {
    this.#answers++
    this.#suspects.clear()
    this.#target?.answered()
  }

  /** Whether others were taken since it failed last: then that it fails again says nothing of the system. */
  #isOwn(entry: Entry): boolean {
    const failedAt = this.#failedAt.get(entry)
    this.#failedAt.set(entry, this.#answers)
    return failedAt !== undefined && failedAt < this.#answers
  }

  /** One event that fails is its own fault; several of different keys, with no success between, are the system's: then none of the tries counts. */
  #suspect(target: Target, entry: Entry, consumption: Consumption, reason: string): void {
    this.#suspects.set(entry, consumption)
    if (this.#suspects.size < failuresOfTarget) return
    target.failed(reason)
    for (const [suspect, of] of this.#suspects) of.forgive(suspect)
    this.#suspects.clear()
  }
}
