/** More than the bus ever has under way with one adapter: what a crash can make come again. */
const maxIds = 50_000

/** The last ids, in the order they came. */
export class RememberedIds {
  readonly #ids = new Set<string>()

  constructor(ids: readonly string[]) {
    this.add(ids)
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= maxIds) break
      this.#ids.delete(oldest)
    }
  }

  list(): readonly string[] {
    return [...this.#ids]
  }
}
