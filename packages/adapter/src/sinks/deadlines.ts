/** Something that must end in time. */
export interface Expiring {
  /** Its place here; Deadlines alone writes it. */
  place: number
  expire(): void
}

/** How much later than it is due something may be found, as a part of its time. */
const latePart = 10

/**
 * One timer for everything that got the same time: a timer a request would cost more than the rest of the bookkeeping.
 * Places are used again, in plain arrays. A Map with as much coming and going leaves a chain of old tables behind that
 * keeps what they held alive until a full collection: a third of the processor's time per request, measured.
 */
export class Deadlines<T extends Expiring> {
  readonly #timeoutMs: number
  readonly #items: (T | undefined)[] = []
  readonly #due: number[] = []
  readonly #free: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  add(item: T): void {
    const place = this.#free.pop() ?? this.#items.length
    item.place = place
    this.#items[place] = item
    this.#due[place] = performance.now() + this.#timeoutMs
    this.#timer ??= this.#look()
  }

  remove(item: T): void {
    if (this.#items[item.place] !== item) return
    this.#items[item.place] = undefined
    this.#free.push(item.place)
  }

  /** Everything that is not over yet. */
  items(): readonly T[] {
    return this.#items.filter((item) => item !== undefined)
  }

  /** Stops the timer; nothing expires any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#items.length = 0
    this.#free.length = 0
  }

  #look(): NodeJS.Timeout {
    return setTimeout(() => this.#sweep(), this.#timeoutMs / latePart).unref()
  }

  #sweep(): void {
    const now = performance.now()
    for (const [place, item] of this.#items.entries()) {
      if (item === undefined || this.#due[place]! > now) continue
      this.remove(item)
      item.expire()
    }
    this.#timer = this.#free.length === this.#items.length ? undefined : this.#look()
  }
}
