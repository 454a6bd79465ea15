import { IdTable, type Location } from './id-table.js'
import { type SpillFilter, SpillFilterBuilder } from './spill-filter.js'

/**
 * Ids of up to eight segments that came one after another: first in a table, later, when memory is short, as a filter
 * over what lies on disk. Leaves as a whole when its youngest id is older than the window.
 */
export class Generation {
  readonly firstSegment: number
  receivedLast = Number.NEGATIVE_INFINITY
  #segments = 0
  #open = false
  readonly #maxSegments: number
  #table: IdTable | null
  #builder: SpillFilterBuilder | null = null
  #filter: SpillFilter | null = null

  constructor(options: { readonly firstSegment: number; readonly maxSegments: number; readonly segmentIds: number }) {
    this.firstSegment = options.firstSegment
    this.#maxSegments = options.maxSegments
    // A first table starts small, for most topics stay small; growing to one segment's size never takes over 2 ms.
    const ids = options.maxSegments === 1 ? Math.min(64, options.segmentIds) : options.maxSegments * options.segmentIds
    this.#table = new IdTable(ids)
  }

  /** All segments that it has room for are complete. */
  get full(): boolean {
    return this.#segments === this.#maxSegments
  }

  /** It holds ids of a segment that is not complete yet. */
  get open(): boolean {
    return this.#open
  }

  /** Behind the last segment that is complete. */
  get endSegment(): number {
    return this.firstSegment + this.#segments
  }

  get inMemory(): boolean {
    return this.#table !== null
  }

  get count(): number {
    return this.#table?.count ?? this.#filter!.count
  }

  get bytes(): number {
    return this.#table?.bytes ?? this.#filter!.bytes
  }

  insert(hi: number, lo: number, place: Location, received: number): void {
    this.#table!.insert(hi, lo, place, this.#segments)
    this.#open = true
    if (received > this.receivedLast) this.receivedLast = received
  }

  completeSegment(): void {
    this.#segments++
    this.#open = false
  }

  find(hi: number, lo: number, found: Location[] | null): Location[] | null {
    return this.#table === null ? found : this.#table.find(hi, lo, found)
  }

  /** Puts the numbers of the segments on disk that may hold the id behind `asked`; null while there is none. */
  segmentsToAsk(hi: number, lo: number, asked: number[] | null): number[] | null {
    if (this.#filter === null) return asked
    let numbers = asked
    for (let mask = this.#filter.segmentsWith(hi, lo), i = 0; mask !== 0; mask >>>= 1, i++) {
      if ((mask & 1) === 0) continue
      numbers ??= []
      numbers.push(this.firstSegment + i)
    }
    return numbers
  }

  /** Gives up the table for a filter, `slots` slots of work at a time. True when it is done. */
  spill(slots: number): boolean {
    if (this.#table === null) return true
    this.#builder ??= new SpillFilterBuilder(this.#table)
    this.#filter = this.#builder.step(slots)
    if (this.#filter === null) return false
    this.#builder = null
    this.#table = null
    return true
  }
}
