import type { Offset } from '../../event.js'
import type { Seed } from './fingerprint.js'
import type { Location } from './id-table.js'

/** Ids in the order they were added; the unit that is written to the store. Grows by doubling up to what is asked. */
export class SegmentIds {
  count = 0
  receivedFirst = Number.POSITIVE_INFINITY
  receivedLast = Number.NEGATIVE_INFINITY
  his = new Uint32Array(64)
  los = new Uint32Array(64)
  offsets = new BigUint64Array(64)
  partitions = new Uint16Array(64)

  push(hi: number, lo: number, place: Location, received: number): void {
    const at = this.count++
    if (at === this.his.length) this.#grow()
    this.his[at] = hi
    this.los[at] = lo
    this.offsets[at] = place.offset
    this.partitions[at] = place.partition
    if (received < this.receivedFirst) this.receivedFirst = received
    if (received > this.receivedLast) this.receivedLast = received
  }

  /** The ids of a segment that was not full, to be written again with what follows. */
  static of(segment: ReadSegment): SegmentIds {
    const ids = new SegmentIds()
    for (let i = 0; i < segment.count; i++) ids.push(segment.his[i]!, segment.los[i]!, segment.placeAt(i), segment.receivedLast)
    ids.receivedFirst = segment.receivedFirst
    return ids
  }

  get bytes(): number {
    return this.his.length * 18
  }

  #grow(): void {
    const slots = this.his.length * 2
    this.his = widened(this.his, new Uint32Array(slots))
    this.los = widened(this.los, new Uint32Array(slots))
    this.offsets = widened(this.offsets, new BigUint64Array(slots))
    this.partitions = widened(this.partitions, new Uint16Array(slots))
  }
}

/**
 * A segment as bytes: a header of 64, then one array after another: 8 bytes of fingerprint, the offset in
 * 4 bytes where all have the same upper half (else in 8), the partition in 2 bytes unless all are 0. In the byte order of the machine:
 * on a machine with another one the mark reads wrong and the projection is built anew.
 */
export function encodeSegment(ids: SegmentIds, seed: Seed): Uint8Array {
  const count = ids.count
  const offsets = ids.offsets.subarray(0, count)
  const partitions = ids.partitions.subarray(0, count)
  // The halves are read instead of the numbers: arithmetic with bigint would take 5 ms a segment.
  const halves = new Uint32Array(offsets.buffer, 0, count * 2)
  const wide = !sameUpperHalf(halves)
  const placed = partitions.some((partition) => partition !== 0)
  const bytes = new Uint8Array(sizeOf(count, wide, placed))
  new Uint32Array(bytes.buffer, 0, 7).set([mark, formatVersion, seed.a, seed.b, count, wide ? 1 : 0, placed ? 1 : 0])
  new Float64Array(bytes.buffer, 32, 2).set([ids.receivedFirst, ids.receivedLast])
  new BigUint64Array(bytes.buffer, 48, 1)[0] = BigInt(halves[1 - lower] ?? 0) << 32n
  let at = headerBytes
  if (wide) {
    new BigUint64Array(bytes.buffer, at, count).set(offsets)
    at += count * 8
  } else {
    const lowerHalves = new Uint32Array(bytes.buffer, at, count)
    for (let i = 0; i < count; i++) lowerHalves[i] = halves[i * 2 + lower]!
    at += count * 4
  }
  new Uint32Array(bytes.buffer, at, count).set(ids.his.subarray(0, count))
  new Uint32Array(bytes.buffer, at + count * 4, count).set(ids.los.subarray(0, count))
  if (placed) new Uint16Array(bytes.buffer, at + count * 8, count).set(partitions)
  return bytes
}

/** A segment that was read, without copies: an id costs nothing until it is asked for. */
export class ReadSegment {
  readonly seed: Seed
  readonly count: number
  /** Of memory. */
  readonly bytes: number
  readonly receivedFirst: number
  readonly receivedLast: number
  readonly his: Uint32Array
  readonly los: Uint32Array
  readonly #base: Offset
  readonly #narrow: Uint32Array | null
  readonly #wide: BigUint64Array | null
  readonly #partitions: Uint16Array | null

  /** null when these are not the bytes of a segment of this version. */
  static parse(bytes: Uint8Array): ReadSegment | null {
    if (bytes.byteLength < headerBytes) return null
    // Arrays of 8-byte numbers can only lie over memory that starts at a multiple of 8.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, 8)
    if (words[0] !== mark || words[1] !== formatVersion) return null
    if (aligned.byteLength !== sizeOf(words[4]!, words[5] === 1, words[6] === 1)) return null
    return new ReadSegment(aligned)
  }

  private constructor(bytes: Uint8Array) {
    const { buffer, byteOffset } = bytes
    this.bytes = bytes.byteLength
    const words = new Uint32Array(buffer, byteOffset, 8)
    this.seed = { a: words[2]!, b: words[3]! }
    const count = words[4]!
    this.count = count
    const received = new Float64Array(buffer, byteOffset + 32, 2)
    this.receivedFirst = received[0]!
    this.receivedLast = received[1]!
    this.#base = new BigUint64Array(buffer, byteOffset + 48, 1)[0]!
    const wide = words[5] === 1
    let at = byteOffset + headerBytes
    this.#wide = wide ? new BigUint64Array(buffer, at, count) : null
    this.#narrow = wide ? null : new Uint32Array(buffer, at, count)
    at += count * (wide ? 8 : 4)
    this.his = new Uint32Array(buffer, at, count)
    this.los = new Uint32Array(buffer, at + count * 4, count)
    this.#partitions = words[6] === 1 ? new Uint16Array(buffer, at + count * 8, count) : null
  }

  placeAt(i: number): Location {
    const offset = this.#wide === null ? this.#base + BigInt(this.#narrow![i]!) : this.#wide[i]!
    return { partition: this.#partitions?.[i] ?? 0, offset }
  }
}

const mark = 0x44534d48
const formatVersion = 1
const headerBytes = 64
/** Which half of an 8-byte number this machine keeps first. */
const lower = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1

function sizeOf(count: number, wide: boolean, placed: boolean): number {
  return headerBytes + count * (8 + (wide ? 8 : 4) + (placed ? 2 : 0))
}

function sameUpperHalf(halves: Uint32Array): boolean {
  for (let i = 1 - lower; i < halves.length; i += 2) if (halves[i] !== halves[1 - lower]) return false
  return true
}

function widened<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from)
  return into
}
