import type { Report } from '../answer.js'
import { Answer } from '../answer.js'
import { monotonicMs } from '../timing/tick.js'
import type { WireDelivery, WireEvent, WireOutcome } from '../wire.js'
import type { Lease } from './delivered.js'
import { Delivered } from './delivered.js'
import { expired } from './settler.js'

export interface SharedHome {
  readonly ackTimeoutMs: number
  settle(token: string, outcome: WireOutcome): Promise<void>
  /** Everybody has settled it. */
  over(shared: SharedDelivery): void
  readonly report: Report
}

/**
 * One delivery of the bus in the hands of all subscriptions of its group in this process. The bus hears `done` once all
 * have acked, and the first other outcome once all have settled: the event then comes again to every one of them.
 */
export class SharedDelivery implements Lease {
  readonly token: string
  readonly deadline: Date
  readonly ackTimeoutMs: number
  readonly report: Report
  readonly messages: readonly Delivered[]
  readonly #home: SharedHome
  /** What all who settled wait for, when there are several. */
  #answer: Answer<void> | undefined
  #open: number
  #leaseIsOver = false
  #other: WireOutcome | undefined

  constructor(home: SharedHome, delivery: WireDelivery, sharers: number) {
    this.#home = home
    this.token = delivery.token
    this.deadline = new Date(delivery.deadline)
    this.ackTimeoutMs = home.ackTimeoutMs
    this.report = home.report
    this.#open = sharers
    this.messages = Array.from(
      { length: sharers },
      (_, sharer) => new Delivered(sharer === 0 ? delivery.event : copyOf(delivery.event), delivery.attempt, this),
    )
  }

  /** Monotonic ms: when the last of its leases ends here. */
  get leaseEnds(): number {
    return this.messages.length === 1 ? this.messages[0]!.leaseEnds : Math.max(...this.messages.map(({ leaseEnds }) => leaseEnds))
  }

  /** Whether anybody has begun it. */
  get begun(): boolean {
    return this.messages.some(({ begun }) => begun)
  }

  settle(outcome: WireOutcome): Promise<void> {
    if (outcome.outcome === 'extend') return this.#extend(outcome.byMs)
    if (this.messages.length === 1) return this.#close(outcome)
    if (outcome.outcome !== 'done') this.#other ??= outcome
    this.#answer ??= new Answer<void>(this.report)
    const answer = this.#answer
    if (--this.#open === 0) {
      this.#close(this.#other ?? outcome).then(
        () => answer.resolve(),
        (error: unknown) => answer.fail(error as Error),
      )
    } else if (this.#leaseIsOver) this.#refuseAnswer()
    return answer.promise
  }

  /** One of the sharers goes: what it has not settled must come again. */
  leave(sharer: number): void {
    const message = this.messages[sharer]
    if (message === undefined || message.settled) return
    message.lose('the subscription was closed')
    this.settle({ outcome: 'retry', delayMs: 0, reason: 'a subscriber left' }).catch(() => {})
  }

  /** Its lease ran out by our clock: who has settled must not wait for who may never do so. The last of all may still ask the bus. */
  leaseOver(): void {
    this.#leaseIsOver = true
    for (const message of this.messages) message.leaseOver()
    this.#refuseAnswer()
  }

  lose(why: string): void {
    for (const message of this.messages) message.lose(why)
    if (this.#open > 0) this.#answer?.fail(expired(why))
  }

  #refuseAnswer(): void {
    if (this.#open > 0) this.#answer?.fail(expired('its time ran out before all subscriptions of the group had settled it'))
    this.#answer = undefined
  }

  /** The bus knows one lease for all: one of them must not shorten what another has asked for. */
  #extend(byMs: number): Promise<void> {
    const longestMs = this.messages.length === 1 ? byMs : Math.max(byMs, Math.ceil(this.leaseEnds - monotonicMs()))
    return this.#home.settle(this.token, { outcome: 'extend', byMs: longestMs })
  }

  #close(outcome: WireOutcome): Promise<void> {
    const settled = this.#home.settle(this.token, outcome)
    this.#home.over(this)
    return settled
  }
}

/** What one handler does to a payload must not reach the next one. */
function copyOf(event: WireEvent): WireEvent {
  return { ...event, payload: structuredClone(event.payload) }
}
