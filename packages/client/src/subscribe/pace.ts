import { monotonicMs } from '../timing/tick.js'

/** What is fetched ahead must not wait longer than this for its turn. */
const maxAheadMs = 50
const maxAhead = 128
const weight = 0.2

/**
 * How much to fetch ahead. A slow loop gets nothing ahead: a second delivery's lease must not run while the first is
 * worked on. A fast one gets what it works off in 50 ms, so that it does not wait for the network each time.
 */
export class Pace {
  readonly #lanes: number
  #averageMs: number | undefined

  constructor(lanes: number) {
    this.#lanes = lanes
  }

  start(): number {
    return monotonicMs()
  }

  finish(startedMs: number): void {
    const tookMs = monotonicMs() - startedMs
    // One slow message is enough to stop fetching ahead; speeding up takes several fast ones.
    this.#averageMs =
      this.#averageMs === undefined || tookMs > this.#averageMs * 4 ? tookMs : this.#averageMs + (tookMs - this.#averageMs) * weight
  }

  get ahead(): number {
    if (this.#averageMs === undefined) return 0
    return Math.min(maxAhead, Math.floor((maxAheadMs / Math.max(0.01, this.#averageMs)) * this.#lanes))
  }
}
