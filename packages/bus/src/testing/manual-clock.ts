import type { Clock, Timer } from '../clock.js'

/** A clock that stands still until it is told to go: an outage of an hour takes no time in a test. */
export class ManualClock implements Clock {
  #now: number
  #passed = 0
  #timers: { readonly at: number; readonly fn: () => void }[] = []

  constructor(now = Date.parse('2026-01-05T08:00:00Z')) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#passed
  }

  after(ms: number, fn: () => void): Timer {
    const timer = { at: this.#passed + ms, fn }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer)
      },
    }
  }

  /** Lets time pass: every timer that falls due goes off in its order, each at its own time. */
  advance(ms: number): void {
    const end = this.#passed + ms
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#moveTo(due.at)
      due.fn()
    }
    this.#moveTo(end)
  }

  #moveTo(passed: number): void {
    this.#now += Math.max(0, passed - this.#passed)
    this.#passed = Math.max(this.#passed, passed)
  }
}
