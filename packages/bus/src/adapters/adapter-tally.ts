import type { WireOutcome } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Delivery } from '../delivery/receiver.js'
import type { Log } from '../observe/log.js'

/** While an adapter fails, the log says so once in so long, with the count of what was left out. */
const quietMs = 10_000

/** Counts what became of an adapter's deliveries and tells the log when that changes, not for every event. */
export class AdapterTally {
  readonly #adapter: string
  readonly #log: Log
  readonly #clock: Clock
  #delivered = 0
  #retried = 0
  #refused = 0
  #expired = 0
  #lastError: { readonly at: string; readonly reason: string } | null = null
  /** Failures told since the last success. */
  #failing = 0
  #quietUntil = Number.NEGATIVE_INFINITY
  #unsaid = 0

  constructor(adapter: string, log: Log, clock: Clock) {
    this.#adapter = adapter
    this.#log = log
    this.#clock = clock
  }

  counts() {
    const { delivered, retried, refused, lastError } = {
      delivered: this.#delivered,
      retried: this.#retried,
      refused: this.#refused,
      lastError: this.#lastError,
    }
    return { delivered, retried, refused, failed: retried + refused, lastError }
  }

  delivered(count: number): void {
    if (count === 0) return
    if (this.#delivered === 0) this.#log.info({ adapter: this.#adapter }, 'The adapter delivered its first event.')
    else if (this.#failing > 0) this.#log.info({ adapter: this.#adapter }, 'The adapter delivers again.')
    this.#delivered += count
    this.#failing = 0
    this.#log.debug({ adapter: this.#adapter, count }, 'The adapter delivered events.')
  }

  notDone(delivery: Delivery, outcome: WireOutcome): void {
    const refused = outcome.outcome === 'refused'
    if (refused) this.#refused++
    else this.#retried++
    const reason = 'reason' in outcome && outcome.reason !== undefined ? outcome.reason : outcome.outcome
    this.failed(reason)
    const { topic, id, key } = delivery.event
    const fields = { adapter: this.#adapter, topic, event: id, key, attempt: delivery.attempt, reason }
    // The notice of its dead letter stands in the log and says what to do.
    if (refused) return this.#log.debug(fields, 'An event was refused.')
    if (this.#clock.monotonic() < this.#quietUntil) {
      this.#unsaid++
      return
    }
    const left = this.#unsaid === 0 ? {} : { unsaid: this.#unsaid }
    this.#log.warn({ ...fields, ...left }, 'An event could not be delivered; it comes again.')
    this.#unsaid = 0
    this.#failing++
    this.#quietUntil = this.#clock.monotonic() + quietMs
  }

  /** Deliveries that the bus had taken back before they were settled. */
  expired(count: number): void {
    if (count === 0) return
    this.#expired += count
    this.#log.warn(
      { adapter: this.#adapter, count, soFar: this.#expired },
      'Deliveries took longer than their lease; they come again with the same key.',
    )
  }

  /** What went wrong last. */
  failed(reason: string): void {
    this.#lastError = { at: new Date(this.#clock.now()).toISOString(), reason }
  }
}
