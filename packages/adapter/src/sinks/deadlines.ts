/** Something that must end in time. */
export interface Expiring {
  expire(): void
}

/**
 * One timer for everything that got the same time: what was added first is due first, so the oldest alone is waited
 * for. A timer a request would cost more than the rest of the bookkeeping together.
 */
export class Deadlines<T extends Expiring> {
  readonly #timeoutMs: number
  readonly #due = new Map<T, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  add(item: T): void {
    this.#due.set(item, performance.now() + this.#timeoutMs)
    if (this.#timer === undefined) this.#wait(this.#timeoutMs)
  }

  remove(item: T): void {
    this.#due.delete(item)
  }

  /** Everything that is not over yet. */
  items(): readonly T[] {
    return [...this.#due.keys()]
  }

  /** Stops the timer; nothing expires any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#due.clear()
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#sweep(), ms)
    this.#timer.unref()
  }

  #sweep(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [item, due] of this.#due) {
      if (due > now) {
        this.#wait(Math.ceil(due - now))
        return
      }
      this.#due.delete(item)
      item.expire()
    }
  }
}
