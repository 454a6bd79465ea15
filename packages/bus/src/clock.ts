/** A timer that can be called off. */
export interface Timer {
  cancel(): void
}

/**
 * The one place that knows the time. `now` is for display, retention and last-write-wins; everything that waits uses
 * `monotonic` and `after`, which never jump.
 */
export interface Clock {
  /** Milliseconds since 1970, by the wall. May jump. */
  now(): number
  /** Milliseconds since some start. Never goes back. */
  monotonic(): number
  /** Calls `fn` once after `ms`, without keeping the process alive. */
  after(ms: number, fn: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, 2_147_483_647))
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}
