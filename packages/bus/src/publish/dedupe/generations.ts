import { Generation } from './generation.js'
import { type Location, maxSegmentsPerTable } from './id-table.js'

/** All ids of one window, oldest generation first; the last one takes what is added. Knows what may leave memory, and when. */
export class Generations {
  readonly #maxInMemory: number
  readonly #segmentIds: number
  readonly #all: Generation[] = []
  #nextSegment: number
  #spilling: Generation | null = null
  #forgotten = 0

  constructor(options: { readonly maxInMemory: number; readonly segmentIds: number; readonly firstSegment: number }) {
    this.#maxInMemory = options.maxInMemory
    this.#segmentIds = options.segmentIds
    this.#nextSegment = options.firstSegment
  }

  /** Number of the segment that what is added now belongs to. */
  get nextSegment(): number {
    return this.#nextSegment
  }

  get spilling(): boolean {
    return this.#spilling !== null
  }

  get empty(): boolean {
    return this.#all.length === 0
  }

  /** Ids that had to go before their time. */
  get forgotten(): number {
    return this.#forgotten
  }

  insert(hi: number, lo: number, at: Location, received: number): void {
    this.#newest().insert(hi, lo, at, received)
  }

  /** Places known in memory, oldest first; null: none. */
  find(hi: number, lo: number): Location[] | null {
    let found: Location[] | null = null
    for (const generation of this.#all) found = generation.find(hi, lo, found)
    return found
  }

  /** Numbers of the segments on disk that may hold the id; null: none. */
  segmentsToAsk(hi: number, lo: number): number[] | null {
    let asked: number[] | null = null
    for (const generation of this.#all) asked = generation.segmentsToAsk(hi, lo, asked)
    return asked
  }

  /** What is added from now on belongs to the next segment. */
  complete(): void {
    this.#nextSegment++
    this.#all.at(-1)!.completeSegment()
  }

  /** Passes over a segment that is too old to be taken back. */
  skipTo(segment: number): void {
    this.#nextSegment = segment
  }

  /** True when all that is left is one generation older than `horizon` whose last segment is not complete. */
  onlyOpenOneIsOlderThan(horizon: number, durableEnd: number): boolean {
    const only = this.#all[0]
    return this.#all.length === 1 && only!.open && only!.receivedLast < horizon && only!.endSegment <= durableEnd
  }

  /** Lets go of generations older than `horizon` whose segments all lie below `durableEnd`. Answers the first segment still needed. */
  expire(horizon: number, durableEnd: number): number {
    for (let oldest = this.#all[0]; oldest !== undefined; oldest = this.#all[0]) {
      if (oldest.receivedLast >= horizon || oldest.endSegment > durableEnd || oldest.open) break
      this.#removeOldest()
    }
    return this.#all[0]?.firstSegment ?? this.#nextSegment
  }

  /** Chooses what leaves memory for the disk, once it is safely there; where it never will be (`stalled`), the oldest ids are forgotten. */
  makeRoom(durableEnd: number, stalled: boolean): void {
    if (this.#spilling !== null) return
    const tables = this.#all.filter((generation) => generation.inMemory)
    let ids = 0
    for (const table of tables) ids += table.count
    const oldest = tables[0]
    if (oldest === undefined || tables.length === 1 || ids <= this.#maxInMemory) return
    if (oldest.endSegment <= durableEnd) this.#spilling = oldest
    else if (stalled) {
      this.#forgotten += oldest.count
      while (this.#all[0] !== oldest) this.#removeOldest()
      this.#removeOldest()
    }
  }

  /** Goes on with what leaves memory, `slots` slots of work. True when one generation is done. */
  spill(slots: number): boolean {
    if (!this.#spilling!.spill(slots)) return false
    this.#spilling = null
    return true
  }

  measure(): { readonly entries: number; readonly bytes: number } {
    let entries = 0
    let bytes = 0
    for (const generation of this.#all) {
      entries += generation.count
      bytes += generation.bytes
    }
    return { entries, bytes }
  }

  #newest(): Generation {
    const last = this.#all.at(-1)
    if (last !== undefined && !last.full) return last
    // As large as all before it, so that a small topic stays small and a large one has few tables to look into.
    const before = this.#nextSegment - (this.#all[0]?.firstSegment ?? this.#nextSegment)
    const most = Math.min(maxSegmentsPerTable, Math.floor(this.#maxInMemory / this.#segmentIds / 4))
    const maxSegments = Math.max(1, Math.min(most, before))
    const generation = new Generation({ firstSegment: this.#nextSegment, maxSegments, segmentIds: this.#segmentIds })
    this.#all.push(generation)
    return generation
  }

  #removeOldest(): void {
    const oldest = this.#all.shift()
    if (this.#spilling === oldest) this.#spilling = null
  }
}
