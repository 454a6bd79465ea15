import { monotonicMs } from './tick.js'

/** Timers are rounded up to this, so that ten thousand deadlines close together cost a few timers. */
const grainMs = 10

/**
 * Watches many deadlines with one timer. `expire` is called once for each item whose `deadline` (monotonic ms) has passed;
 * an item that was deleted before, or whose deadline was moved on, is left alone.
 */
export class Deadlines<Item extends { readonly deadline: number }> {
  readonly #items = new Set<Item>()
  readonly #expire: (item: Item) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #firesAt = Number.POSITIVE_INFINITY

  constructor(expire: (item: Item) => void) {
    this.#expire = expire
  }

  get size(): number {
    return this.#items.size
  }

  add(item: Item): void {
    this.#items.add(item)
    if (item.deadline < this.#firesAt) this.#schedule(item.deadline)
  }

  delete(item: Item): void {
    if (this.#items.delete(item) && this.#items.size === 0) this.#stop()
  }

  clear(): void {
    this.#items.clear()
    this.#stop()
  }

  #schedule(deadline: number): void {
    this.#stop()
    const delay = Math.max(0, deadline - monotonicMs())
    // Node fires at once when a delay exceeds 2^31-1 ms.
    const delayMs = Math.min(Math.ceil(delay / grainMs) * grainMs, 2_000_000_000)
    this.#firesAt = deadline
    this.#timer = setTimeout(() => this.#sweep(), delayMs)
  }

  #sweep(): void {
    this.#stop()
    const now = monotonicMs()
    let earliest = Number.POSITIVE_INFINITY
    for (const item of [...this.#items]) {
      if (item.deadline <= now) {
        this.#items.delete(item)
        this.#expire(item)
      } else if (item.deadline < earliest) {
        earliest = item.deadline
      }
    }
    if (earliest < this.#firesAt && this.#items.size > 0) this.#schedule(earliest)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
  }
}
