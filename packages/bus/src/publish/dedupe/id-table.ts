import type { Offset } from '../../event.js'

/** Where an event of the topic lies in the log. */
export interface Location {
  readonly partition: number
  readonly offset: Offset
}

/** Segments told apart within one table. */
export const maxSegmentsPerTable = 8
/** What fits beside the segment's number into 16 bits. */
export const maxPartitions = 8_192

/**
 * Fingerprints of ids and where their events lie: open addressing over typed arrays, 18 bytes a slot, about 23 an id.
 * Nothing is ever deleted from it: it is dropped as a whole. Slots follow the order of `hi`, which spreads evenly
 * because the fingerprint does.
 */
export class IdTable {
  #capacity: number
  #count = 0
  #his: Uint32Array
  #los: Uint32Array
  #offsets: BigUint64Array
  /** Partition, and above it the number of the segment within this table. */
  #places: Uint16Array

  /** @param ids how many it holds without growing; past them it doubles, which costs 30 ns an id. */
  constructor(ids: number) {
    this.#capacity = slotsFor(ids)
    this.#his = new Uint32Array(this.#capacity)
    this.#los = new Uint32Array(this.#capacity)
    this.#offsets = new BigUint64Array(this.#capacity)
    this.#places = new Uint16Array(this.#capacity)
  }

  get count(): number {
    return this.#count
  }

  get slots(): number {
    return this.#capacity
  }

  get bytes(): number {
    return this.#capacity * 18
  }

  insert(hi: number, lo: number, place: Location, segment: number): void {
    if (this.#count + 1 > this.#capacity * maxLoad) this.#grow()
    this.#put(hi, lo, place.offset, segment * maxPartitions + place.partition)
    this.#count++
  }

  /** Puts the places of this fingerprint behind `found`, in the order they were inserted; null while there is none. */
  find(hi: number, lo: number, found: Location[] | null): Location[] | null {
    const his = this.#his
    const capacity = this.#capacity
    for (let slot = Math.floor((hi * capacity) / 4_294_967_296); ; ) {
      const there = his[slot]!
      if (there === 0) return found
      if (there === hi && this.#los[slot] === lo) {
        found ??= []
        found.push({ partition: this.#places[slot]! % maxPartitions, offset: this.#offsets[slot]! })
      }
      if (++slot === capacity) slot = 0
    }
  }

  /** 0 when the slot is free. */
  hiAt(slot: number): number {
    return this.#his[slot]!
  }

  loAt(slot: number): number {
    return this.#los[slot]!
  }

  segmentAt(slot: number): number {
    return Math.floor(this.#places[slot]! / maxPartitions)
  }

  #put(hi: number, lo: number, offset: Offset, place: number): void {
    const his = this.#his
    const capacity = this.#capacity
    let slot = Math.floor((hi * capacity) / 4_294_967_296)
    while (his[slot] !== 0) if (++slot === capacity) slot = 0
    his[slot] = hi
    this.#los[slot] = lo
    this.#offsets[slot] = offset
    this.#places[slot] = place
  }

  #grow(): void {
    const old = { capacity: this.#capacity, his: this.#his, los: this.#los, offsets: this.#offsets, places: this.#places }
    this.#capacity = old.capacity * 2
    this.#his = new Uint32Array(this.#capacity)
    this.#los = new Uint32Array(this.#capacity)
    this.#offsets = new BigUint64Array(this.#capacity)
    this.#places = new Uint16Array(this.#capacity)
    // From a free slot on, so that no run of slots is torn apart at the end and equal ids keep their order.
    const start = old.his.indexOf(0)
    for (let i = 0; i < old.capacity; i++) {
      const slot = (start + i) % old.capacity
      const hi = old.his[slot]!
      if (hi !== 0) this.#put(hi, old.los[slot]!, old.offsets[slot]!, old.places[slot]!)
    }
  }
}

/** At 0.8 a look-up that finds nothing reads about a dozen neighbours: one or two cache lines. */
const maxLoad = 0.8

function slotsFor(ids: number): number {
  return Math.ceil(ids / maxLoad) + 1
}
