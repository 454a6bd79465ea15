import type { Clock } from '../../clock.js'

/** At most `perSecond` on average, with bursts of a tenth of a second. */
export class TokenBucket {
  readonly #perMs: number
  readonly #most: number
  readonly #clock: Clock
  #tokens: number
  #filledAt: number

  constructor(perSecond: number, clock: Clock) {
    this.#perMs = perSecond / 1_000
    this.#most = Math.max(1, perSecond / 10)
    this.#clock = clock
    this.#tokens = this.#most
    this.#filledAt = clock.monotonic()
  }

  /** How many may be taken now; below 1: none. */
  tokens(): number {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    return this.#tokens
  }

  /** Less was taken of late than might have been. */
  get idle(): boolean {
    return this.tokens() >= this.#most / 2
  }

  take(count: number): void {
    this.#tokens -= count
  }

  /** Until a few more may go at once: waking for every single one would cost more than it sends. */
  waitMs(): number {
    const wanted = Math.min(this.#most, Math.max(1, this.#perMs * 20))
    return Math.max(1, Math.ceil((wanted - this.tokens()) / this.#perMs))
  }
}
