import { monotonicMs } from './tick.js'

/** Timers are rounded up to this, so that ten thousand deadlines close together cost a few timers. */
const grainMs = 10

/** Something that must be over in time. */
export interface Expiring {
  /** Monotonic ms. */
  readonly deadline: number
  /** Its place among the deadlines; they alone write it. */
  place: number
}

/**
 * Watches many deadlines with one timer. `expire` is called once for each item whose `deadline` has passed; an item that
 * was deleted before, or whose deadline was moved on, is left alone.
 *
 * Places are emptied and used again, in plain arrays: a Set with as much coming and going leaves old tables behind, and
 * those keep alive what lay in them until a full collection.
 */
export class Deadlines<Item extends Expiring> {
  readonly #items: (Item | undefined)[] = []
  readonly #free: number[] = []
  readonly #expire: (item: Item) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #firesAt = Number.POSITIVE_INFINITY

  constructor(expire: (item: Item) => void) {
    this.#expire = expire
  }

  get size(): number {
    return this.#items.length - this.#free.length
  }

  add(item: Item): void {
    item.place = this.#free.pop() ?? this.#items.length
    this.#items[item.place] = item
    if (item.deadline < this.#firesAt) this.#schedule(item.deadline)
  }

  delete(item: Item): void {
    if (!this.#remove(item)) return
    if (this.size === 0) this.#stop()
  }

  clear(): void {
    this.#items.length = this.#free.length = 0
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
      if (item === undefined) continue
      if (item.deadline <= now) {
        if (this.#remove(item)) this.#expire(item)
      } else if (item.deadline < earliest) {
        earliest = item.deadline
      }
    }
    if (earliest < this.#firesAt && this.size > 0) this.#schedule(earliest)
  }

  #remove(item: Item): boolean {
    if (this.#items[item.place] !== item) return false
    this.#items[item.place] = undefined
    this.#free.push(item.place)
    return true
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
  }
}
