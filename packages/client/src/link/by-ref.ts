/**
 * What was sent and has no answer yet, by its ref, in the order in which it was sent. Answers come in nearly the same
 * order, so that the search is short; a Map with as much coming and going would keep alive what was answered long ago.
 */
export class ByRef<Sent> {
  readonly #refs: number[] = []
  readonly #sent: Sent[] = []

  get size(): number {
    return this.#refs.length
  }

  add(ref: number, sent: Sent): void {
    this.#refs.push(ref)
    this.#sent.push(sent)
  }

  has(ref: number): boolean {
    return this.#refs.includes(ref)
  }

  /** Answers what was sent under it, once. */
  take(ref: number): Sent | undefined {
    const at = this.#refs.indexOf(ref)
    if (at === -1) return undefined
    this.#refs.splice(at, 1)
    return this.#sent.splice(at, 1)[0]
  }

  /** Takes everything, oldest first. */
  drain(): readonly Sent[] {
    this.#refs.length = 0
    return this.#sent.splice(0)
  }
}
