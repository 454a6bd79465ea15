/**
 * A map for much coming and going. A `Map` that grows or makes itself anew leaves its old table behind, and what lay in it
 * then stays alive until a full collection finds the table: with a thousand events under way, nearly all that ever passed
 * through. Here the map knows only places; the values lie in a plain array whose places are emptied and used again.
 */
export class BusyMap<Key extends string | bigint | number, Value> {
  readonly #places = new Map<Key, number>()
  readonly #values: (Value | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#places.size
  }

  get(key: Key): Value | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#values[place]
  }

  set(key: Key, value: Value): void {
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.#free.pop() ?? this.#values.length
      this.#places.set(key, place)
    }
    this.#values[place] = value
  }

  /** Answers what was there. */
  delete(key: Key): Value | undefined {
    const place = this.#places.get(key)
    if (place === undefined) return undefined
    this.#places.delete(key)
    const value = this.#values[place]
    this.#values[place] = undefined
    this.#free.push(place)
    return value
  }

  clear(): void {
    this.#places.clear()
    this.#values.length = 0
    this.#free.length = 0
  }

  /** In the order in which the keys came. */
  *entries(): Generator<readonly [Key, Value], void, undefined> {
    for (const [key, place] of this.#places) yield [key, this.#values[place]!]
  }
}
