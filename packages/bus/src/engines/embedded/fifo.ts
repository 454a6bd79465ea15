/** First in, first out, with a look inside. What has left is let go at once; the array behind it is cut now and then. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  /** The oldest is 0. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      // In place: an old copy would keep alive what came after, until a full collection finds it.
      this.#items.splice(0, this.#head)
      this.#head = 0
    }
    return item
  }
}
