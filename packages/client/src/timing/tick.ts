/**
 * Runs `work` once the current turn of the event loop is over, so that everything asked for in one turn travels together.
 * Node's `setImmediate` runs right after the I/O of this turn; browsers have only microtasks without a delay.
 */
export const nextTick: (work: () => void) => void =
  typeof setImmediate === 'function' ? (work) => void setImmediate(work) : (work) => queueMicrotask(work)

/** Runs `work` in the next turn however often it is asked for in this one. */
export class OncePerTick {
  readonly #work: () => void
  #asked = false

  constructor(work: () => void) {
    this.#work = work
  }

  ask(): void {
    if (this.#asked) return
    this.#asked = true
    nextTick(() => {
      this.#asked = false
      this.#work()
    })
  }
}

/** Milliseconds on a clock that never jumps; for deadlines and pauses. */
export function monotonicMs(): number {
  return performance.now()
}
