import type { Clock } from '../../clock.js'

/** Over spans of this length. */
const spanMs = 5_000

/** How many events a second a system takes while it is well, and how many come in for it. */
export class SteadyRate {
  readonly #clock: Clock
  readonly #received: () => number
  #perSecond = 0
  #taken: { readonly start: number; count: number }
  #coming: { readonly start: number; readonly received: number }

  /** @param received events that came in for it in all. */
  constructor(clock: Clock, received: () => number) {
    this.#clock = clock
    this.#received = received
    this.#taken = { start: clock.monotonic(), count: 0 }
    this.#coming = { start: clock.monotonic(), received: 0 }
  }

  /** What it took over the last spans; 0 while that is not known. */
  get perSecond(): number {
    return this.#perSecond
  }

  /** Begins a span. */
  begin(): void {
    const start = this.#clock.monotonic()
    this.#taken = { start, count: 0 }
    this.#coming = { start, received: this.#received() }
  }

  /** It took one. */
  took(): void {
    this.#taken.count++
    const elapsed = this.#clock.monotonic() - this.#taken.start
    if (elapsed < spanMs) return
    const rate = (this.#taken.count * 1_000) / elapsed
    this.#perSecond = this.#perSecond === 0 ? rate : 0.7 * this.#perSecond + 0.3 * rate
    this.#taken = { start: this.#clock.monotonic(), count: 0 }
  }

  /** Events that came in, a second, over the span that has just ended; null: it has not. */
  came(): number | null {
    const { start, received } = this.#coming
    const elapsed = this.#clock.monotonic() - start
    if (elapsed < spanMs) return null
    this.#coming = { start: this.#clock.monotonic(), received: this.#received() }
    return ((this.#coming.received - received) * 1_000) / elapsed
  }
}
