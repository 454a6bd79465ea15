import type { Clock } from '#dist/clock.js'
import { DedupeWindow, type DedupeWindowOptions, type Location } from '#dist/publish/dedupe/dedupe-window.js'
import { MemoryStore } from './memory-store.js'

export const hour = 3_600_000

/** Wall time that moves when the test says so; timers fire as it passes them. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 5)
  #timers = new Set<{ at: number; fn: () => void }>()

  now(): number {
    return this.#now
  }
  monotonic(): number {
    return this.#now
  }
  after(ms: number, fn: () => void): { cancel(): void } {
    const timer = { at: this.#now + ms, fn }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.delete(timer) }
  }
  pass(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.fn()
    }
  }
}

export interface Logged {
  readonly source: string
  readonly id: string
  readonly at: Location
  readonly received: number
}

/** A log, a store and the window between them; `restart` is a kill, for nothing is closed. */
export class Setting {
  readonly store = new MemoryStore()
  readonly clock = new TestClock()
  readonly log: Logged[] = []
  readonly options: DedupeWindowOptions
  window!: DedupeWindow

  constructor(options: Partial<DedupeWindowOptions> = {}) {
    this.options = {
      topic: 'permits',
      incarnation: 'one',
      partitions: 2,
      windowMs: hour,
      segmentIds: 8,
      maxInMemory: 64,
      store: this.store,
      clock: this.clock,
      ...options,
    }
  }

  async start(changed: Partial<DedupeWindowOptions> = {}): Promise<DedupeWindow> {
    this.window = await DedupeWindow.open({ ...this.options, store: this.store.connect(), ...changed })
    const next = [...this.window.next]
    for (const [i, { source, id, at, received }] of this.log.entries()) {
      if (at.offset >= next[at.partition]!) this.window.add(source, id, at, received)
      if (i % 100 === 0) await this.settled()
    }
    return this.window
  }

  publish(id: string, { source = 'hms-api', partition = 0 } = {}): Logged {
    const offset = BigInt(this.log.length * 3 + 1)
    const logged = { source, id, at: { partition, offset }, received: this.clock.now() }
    this.log.push(logged)
    this.window.add(source, id, logged.at, logged.received)
    return logged
  }

  publishMany(count: number, prefix = 'id'): Logged[] {
    return Array.from({ length: count }, (_, i) => this.publish(`${prefix}-${i}`, { partition: i % 2 }))
  }

  /** What of the given events the window does not find. */
  async missing(events: readonly Logged[]): Promise<Logged[]> {
    const missing: Logged[] = []
    for (const event of events) {
      const found = await this.window.candidates(event.source, event.id)
      if (!found.some(({ partition, offset }) => partition === event.at.partition && offset === event.at.offset)) missing.push(event)
    }
    return missing
  }

  /** Lets the writes that are under way finish. */
  async settled(): Promise<void> {
    for (let i = 0; i < 200; i++) await Promise.resolve()
  }
}
