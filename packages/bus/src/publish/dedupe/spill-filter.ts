import { type IdTable, maxSegmentsPerTable } from './id-table.js'

/**
 * What stays in memory of ids whose segments lie on disk alone: 26 bits an id. Ids are spread over buckets by `hi`; a
 * bucket holds 21 bits of `lo` and 3 bits that say which segment. An id that is not there passes once in 130,000
 * tables: a day at 500 events/s is some 80 of them, so about one publish in 1,600 asks the disk for nothing.
 */
export class SpillFilter {
  readonly #starts: Uint32Array
  readonly #lows: Uint16Array
  readonly #highs: Uint8Array

  constructor(starts: Uint32Array, lows: Uint16Array, highs: Uint8Array) {
    this.#starts = starts
    this.#lows = lows
    this.#highs = highs
  }

  get count(): number {
    return this.#lows.length
  }

  get bytes(): number {
    return this.#starts.byteLength + this.#lows.byteLength + this.#highs.byteLength
  }

  /** One bit for each segment of the table in which the id may lie; 0: surely in none. */
  segmentsWith(hi: number, lo: number): number {
    const bucket = bucketOf(hi, this.#starts.length - 1)
    const end = this.#starts[bucket + 1]!
    const low = lo & 0xffff
    const high = (lo >>> 16) & 0x1f
    let mask = 0
    for (let i = this.#starts[bucket]!; i < end; i++) {
      if (this.#lows[i] === low && (this.#highs[i]! & 0x1f) === high) mask |= 1 << (this.#highs[i]! >>> 5)
    }
    return mask
  }
}

/** Builds the filter of a table in small steps, because half a million ids at once would hold the thread for 15 ms. */
export class SpillFilterBuilder {
  readonly #table: IdTable
  readonly #starts: Uint32Array
  readonly #lows: Uint16Array
  readonly #highs: Uint8Array
  #pass: 'count' | 'place' = 'count'
  #slot = 0

  constructor(table: IdTable) {
    this.#table = table
    this.#starts = new Uint32Array(Math.max(1, Math.ceil(table.count / idsPerBucket)) + 1)
    this.#lows = new Uint16Array(table.count)
    this.#highs = new Uint8Array(table.count)
  }

  /** Works on at most `slots` slots of the table; the filter when it is done, else null. */
  step(slots: number): SpillFilter | null {
    const end = Math.min(this.#table.slots, this.#slot + slots)
    if (this.#pass === 'count') this.#count(end)
    else this.#place(end)
    this.#slot = end
    if (end < this.#table.slots) return null
    if (this.#pass === 'place') return new SpillFilter(this.#starts, this.#lows, this.#highs)
    this.#sumUp()
    this.#pass = 'place'
    this.#slot = 0
    return null
  }

  #count(end: number): void {
    const buckets = this.#starts.length - 1
    for (let slot = this.#slot; slot < end; slot++) {
      const hi = this.#table.hiAt(slot)
      if (hi !== 0) this.#starts[bucketOf(hi, buckets)]!++
    }
  }

  /** Counts become ends; placing moves each end down to its start. */
  #sumUp(): void {
    let sum = 0
    for (let bucket = 0; bucket < this.#starts.length; bucket++) {
      sum += this.#starts[bucket]!
      this.#starts[bucket] = sum
    }
  }

  #place(end: number): void {
    const buckets = this.#starts.length - 1
    for (let slot = this.#slot; slot < end; slot++) {
      const hi = this.#table.hiAt(slot)
      if (hi === 0) continue
      const lo = this.#table.loAt(slot)
      const at = --this.#starts[bucketOf(hi, buckets)]!
      this.#lows[at] = lo & 0xffff
      this.#highs[at] = ((lo >>> 16) & 0x1f) | (this.#table.segmentAt(slot) << 5)
    }
  }
}

const idsPerBucket = 16

// Three bits of `highs` hold the segment.
maxSegmentsPerTable satisfies 8

function bucketOf(hi: number, buckets: number): number {
  return Math.floor((hi * buckets) / 4_294_967_296)
}
