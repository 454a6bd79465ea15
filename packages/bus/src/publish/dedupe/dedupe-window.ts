import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Timer } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { Segment } from '../../store/store.js'
import { Fingerprint, type Seed } from './fingerprint.js'
import { Generations } from './generations.js'
import { type Location, maxPartitions } from './id-table.js'
import type { DedupeStats, DedupeWindowOptions } from './options.js'
import { encodeSegment, ReadSegment, SegmentIds } from './segment-format.js'
import { projection, SegmentShelf } from './segment-shelf.js'

export type { Location } from './id-table.js'
export type { DedupeStats, DedupeWindowOptions } from './options.js'

/**
 * Which ids one topic has seen lately, and where their events lie: a projection of its log. It only names candidates;
 * the log decides. Behind the tail it writes segments to the store, each with the cursor in one commit; what the last
 * one lacks after a crash is fed again from `next`. A write that fails is tried again at the next segment; nothing but
 * the length of that feed hangs on it.
 */
export class DedupeWindow {
  /** Why what the store kept could not be used, so that all of the log is fed again; null when it could. */
  readonly rebuilt: string | null
  readonly #options: Required<DedupeWindowOptions>
  readonly #seed: Seed
  readonly #next: Offset[]
  readonly #fingerprint: Fingerprint
  readonly #shelf: SegmentShelf
  readonly #generations: Generations
  #windowMs: number
  #unsealed = new SegmentIds()
  #moved = false
  #timer: Timer | null = null
  #closed = false

  /** Loads what the store keeps. @throws SyncError `storage_failed`, `disk_full` of the store. */
  static async open(options: DedupeWindowOptions): Promise<DedupeWindow> {
    if (options.partitions > maxPartitions) throw new RangeError(`A topic has at most ${maxPartitions} partitions.`)
    const full = { ...options, maxInMemory: options.maxInMemory ?? 4_000_000, segmentIds: options.segmentIds ?? 65_536 }
    const { store, topic, incarnation } = full
    const cursor = await store.projectionCursor(projection, topic)
    let rebuilt: string | null = null
    if (cursor !== null) {
      const loaded = cursor.incarnation === incarnation ? await load(full, cursor.next) : 'The topic was made anew.'
      if (typeof loaded !== 'string') return loaded.#begin()
      rebuilt = loaded
      const next = Array.from({ length: full.partitions }, () => 0n)
      await store.commit([
        { kind: 'segments_dropped', projection, topic, below: Number.MAX_SAFE_INTEGER },
        { kind: 'projection', cursor: { projection, topic, incarnation, next } },
      ])
    }
    return new DedupeWindow(full, { next: [], seed: newSeed(), firstSegment: 0, rebuilt }).#begin()
  }

  /** For `open` alone. */
  constructor(
    options: Required<DedupeWindowOptions>,
    start: { readonly next: readonly Offset[]; readonly seed: Seed; readonly firstSegment: number; readonly rebuilt: string | null },
  ) {
    this.#options = options
    this.rebuilt = start.rebuilt
    this.#windowMs = options.windowMs
    this.#seed = start.seed
    this.#next = Array.from({ length: options.partitions }, (_, partition) => start.next[partition] ?? 0n)
    this.#fingerprint = new Fingerprint(start.seed)
    this.#generations = new Generations({ ...options, firstSegment: start.firstSegment })
    this.#shelf = new SegmentShelf({ ...options, first: start.firstSegment })
  }

  /** Where feeding `add` starts, one offset a partition; 0n: from the first event there is. Moves with `add`. */
  get next(): readonly Offset[] {
    return this.#next
  }

  /**
   * Where events with this identity may lie, oldest first, as of this call; mostly none. By fingerprint, so the caller
   * compares each with the log, where it may also be trimmed or older than the window by now. An array as long as memory
   * knows; a promise when the store must be asked. @throws SyncError `storage_failed` (by the promise).
   */
  candidates(source: string, id: string): readonly Location[] | Promise<readonly Location[]> {
    this.#fingerprint.of(source, id)
    const { hi, lo } = this.#fingerprint
    const found = this.#generations.find(hi, lo)
    const asked = this.#generations.segmentsToAsk(hi, lo)
    if (asked === null) return found ?? none
    return this.#ask(asked, { hi, lo }, found ?? none)
  }

  /**
   * Tells of an event of the log, in order within each partition. One older than the window is passed over.
   * @param received ms since 1970.
   */
  add(source: string, id: string, at: Location, received: number): void {
    while (this.#next.length <= at.partition) this.#next.push(0n)
    if (at.offset >= this.#next[at.partition]!) this.#next[at.partition] = at.offset + 1n
    this.#moved = true
    if (this.#generations.spilling) this.#spill(spillStepSlots)
    if (received < this.#horizon()) return
    this.#fingerprint.of(source, id)
    const { hi, lo } = this.#fingerprint
    this.#generations.insert(hi, lo, at, received)
    this.#unsealed.push(hi, lo, at, received)
    if (this.#unsealed.count >= this.#options.segmentIds) {
      this.#seal()
      void this.#shelf.flush()
    }
  }

  /** Takes up another length of the window; ids that a longer one would still hold may be gone already. More partitions are taken up by `add`. */
  reconfigure(options: { readonly windowMs: number }): void {
    this.#windowMs = options.windowMs
  }

  /** Writes what is not yet in the store, so that the next start feeds nothing again. May be called twice. @throws what the store threw; the log is not concerned. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    if (!this.#closed && this.#moved) {
      this.#shelf.put([...this.#next], this.#unsealed.count === 0 ? null : this.#encode())
    }
    this.#closed = true
    await this.#shelf.settle()
  }

  stats(): DedupeStats {
    const { entries, bytes } = this.#generations.measure()
    return {
      entries,
      bytes: bytes + this.#unsealed.bytes + this.#shelf.bytes,
      segments: this.#shelf.kept,
      forgotten: this.#generations.forgotten,
    }
  }

  /** Takes a segment of the store back into memory; a reason why the projection cannot be used, or null. */
  async takeBack(number: number, segment: ReadSegment): Promise<string | null> {
    if (this.#unsealed.count > 0) this.#completed()
    const expected = this.#generations.nextSegment
    if (number !== expected) return `Segment ${expected} is missing in the store.`
    if (segment.seed.a !== this.#seed.a || segment.seed.b !== this.#seed.b) return `Segment ${number} was written with another seed.`
    if (segment.receivedLast < this.#horizon() && this.#generations.empty) {
      this.#generations.skipTo(number + 1)
      this.#shelf.drop(number + 1)
      return null
    }
    for (let i = 0; i < segment.count; i++) {
      this.#generations.insert(segment.his[i]!, segment.los[i]!, segment.placeAt(i), segment.receivedLast)
    }
    const complete = segment.count >= this.#options.segmentIds
    this.#shelf.found(number, complete)
    if (complete) this.#completed()
    else this.#unsealed = SegmentIds.of(segment)
    while (this.#generations.spilling) {
      this.#spill(65_536)
      await nextTurn()
    }
    return null
  }

  #begin(): this {
    this.#watchAge()
    return this
  }

  /** Ids also go when nothing new comes: a topic that had a busy day gives its memory back. */
  #watchAge(): void {
    this.#timer = this.#options.clock.after(Math.min(this.#windowMs, maxAgeCheckMs), () => {
      if (this.#closed) return
      this.#expire()
      void this.#shelf.flush()
      this.#watchAge()
    })
  }

  async #ask(
    numbers: readonly number[],
    { hi, lo }: { hi: number; lo: number },
    inMemory: readonly Location[],
  ): Promise<readonly Location[]> {
    const found: Location[] = []
    for (const number of numbers) {
      const segment = await this.#shelf.read(number)
      if (segment === null) continue
      for (let i = segment.his.indexOf(hi); i !== -1; i = segment.his.indexOf(hi, i + 1)) {
        if (segment.los[i] === lo) found.push(segment.placeAt(i))
      }
    }
    found.push(...inMemory)
    return found
  }

  #seal(): void {
    this.#shelf.put([...this.#next], this.#encode())
    this.#moved = false
    this.#completed()
  }

  #encode(): Segment {
    return { number: this.#generations.nextSegment, bytes: encodeSegment(this.#unsealed, this.#seed) }
  }

  #completed(): void {
    this.#unsealed = new SegmentIds()
    this.#generations.complete()
    this.#expire()
    this.#makeRoom()
  }

  #expire(): void {
    const horizon = this.#horizon()
    const durableEnd = this.#shelf.stalled ? Number.POSITIVE_INFINITY : this.#shelf.durableEnd
    this.#shelf.drop(this.#generations.expire(horizon, durableEnd))
    // Ids too old to matter need not be written first; the cursor will be, with the next segment or at close.
    if (!this.#generations.onlyOpenOneIsOlderThan(horizon, durableEnd)) return
    this.#unsealed = new SegmentIds()
    this.#generations.complete()
    this.#shelf.drop(this.#generations.expire(horizon, Number.POSITIVE_INFINITY))
  }

  #makeRoom(): void {
    this.#generations.makeRoom(this.#shelf.durableEnd, this.#shelf.stalled)
  }

  #spill(slots: number): void {
    if (this.#generations.spill(slots)) this.#makeRoom()
  }

  #horizon(): number {
    return this.#options.clock.now() - this.#windowMs
  }
}

async function load(options: Required<DedupeWindowOptions>, next: readonly Offset[]): Promise<DedupeWindow | string> {
  let window: DedupeWindow | null = null
  for await (const { number, bytes } of options.store.segments(projection, options.topic, 0)) {
    const segment = ReadSegment.parse(bytes)
    if (segment === null) return `Segment ${number} is damaged or of another version.`
    window ??= new DedupeWindow(options, { next, seed: segment.seed, firstSegment: number, rebuilt: null })
    const fault = await window.takeBack(number, segment)
    if (fault !== null) return fault
  }
  return window ?? new DedupeWindow(options, { next, seed: newSeed(), firstSegment: 0, rebuilt: null })
}

function newSeed(): Seed {
  const words = new Uint32Array(new Uint8Array(randomBytes(8)).buffer)
  return { a: words[0]!, b: words[1]! }
}

const none: readonly Location[] = Object.freeze([])
/** Of the 655,360 of a full table at each `add`: 0.2 µs, and done long before the next table is full. */
const spillStepSlots = 32
const maxAgeCheckMs = 600_000
