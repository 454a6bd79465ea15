import { SyncError } from '@hms-sync/client'
import type { Incarnation, Offset } from '../../event.js'
import type { Change, Segment } from '../../store/store.js'
import type { WindowStore } from './options.js'
import { ReadSegment } from './segment-format.js'

export const projection = 'dedupe'

interface Waiting {
  readonly next: readonly Offset[]
  readonly segment: Segment | null
}

/**
 * The segments of one topic in the store. They are written strictly in order, each in one commit with the cursor behind
 * it, so that the cursor never runs ahead of what is kept. A write that failed waits for the next `flush`.
 */
export class SegmentShelf {
  readonly #store: WindowStore
  readonly #topic: string
  readonly #incarnation: Incarnation
  readonly #recent = new Map<number, ReadSegment>()
  #waiting: Waiting[] = []
  #flushing: Promise<void> | null = null
  #reading: Promise<unknown> = Promise.resolve()
  #durableEnd: number
  #storedEnd: number
  #dropBelow: number
  #dropped: number
  #failure: Error | null = null
  #stalled = false

  constructor(options: {
    readonly store: WindowStore
    readonly topic: string
    readonly incarnation: Incarnation
    /** Number of the first segment kept. */
    readonly first: number
  }) {
    this.#store = options.store
    this.#topic = options.topic
    this.#incarnation = options.incarnation
    this.#dropBelow = options.first
    this.#dropped = options.first
    this.#durableEnd = options.first
    this.#storedEnd = options.first
  }

  /** All segments below this number are in the store, complete. */
  get durableEnd(): number {
    return this.#durableEnd
  }

  get kept(): number {
    return this.#storedEnd - this.#dropBelow
  }

  get bytes(): number {
    let sum = 0
    for (const { segment } of this.#waiting) sum += segment?.bytes.byteLength ?? 0
    for (const { bytes } of this.#recent.values()) sum += bytes
    return sum
  }

  /** Tells of a segment that was found in the store at the start; one that is not complete will be written again, longer. */
  found(number: number, complete: boolean): void {
    this.#storedEnd = number + 1
    this.#durableEnd = complete ? number + 1 : number
  }

  /** True after the store failed for so long that memory would not hold what waits: nothing more is written, and the next start reads the log again from the last cursor. */
  get stalled(): boolean {
    return this.#stalled
  }

  put(next: readonly Offset[], segment: Segment | null): void {
    if (this.#stalled) return
    if (this.#waiting.length >= maxWaiting) {
      this.#stalled = true
      this.#waiting = []
      return
    }
    this.#waiting.push({ next, segment })
  }

  drop(below: number): void {
    this.#dropBelow = Math.max(this.#dropBelow, below)
    this.#durableEnd = Math.max(this.#durableEnd, below)
    this.#storedEnd = Math.max(this.#storedEnd, below)
    for (const number of this.#recent.keys()) if (number < below) this.#recent.delete(number)
  }

  /** Writes what waits. Never rejects. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  /** Writes what waits. @throws what the store threw, when something could not be written. */
  async settle(): Promise<void> {
    await this.#flushing
    await this.flush()
    if (this.#failure !== null) throw this.#failure
  }

  /**
   * A segment of the store; null when it was dropped meanwhile. One read at a time: many publishes that ask at once
   * must not hold many segments in memory.
   */
  read(number: number): Promise<ReadSegment | null> {
    const read = this.#reading.then(() => this.#readNow(number))
    this.#reading = read.catch(() => undefined)
    return read
  }

  async #write(): Promise<void> {
    this.#failure = null
    try {
      while (this.#waiting.length > 0 || this.#dropped < this.#dropBelow) {
        const head = this.#waiting[0]
        const dropBelow = this.#dropBelow
        await this.#store.commit(this.#changes(head, dropBelow))
        this.#dropped = dropBelow
        if (head === undefined) continue
        if (this.#waiting[0] === head) this.#waiting.shift()
        if (head.segment !== null) this.#wrote(head.segment.number)
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
  }

  #wrote(number: number): void {
    this.#durableEnd = Math.max(this.#durableEnd, number + 1)
    this.#storedEnd = Math.max(this.#storedEnd, number + 1)
  }

  #changes(head: Waiting | undefined, dropBelow: number): Change[] {
    const changes: Change[] = []
    const topic = this.#topic
    if (head !== undefined) {
      const cursor = { projection, topic, incarnation: this.#incarnation, next: head.next }
      changes.push(head.segment === null ? { kind: 'projection', cursor } : { kind: 'projection', cursor, segment: head.segment })
    }
    if (this.#dropped < dropBelow) changes.push({ kind: 'segments_dropped', projection, topic, below: dropBelow })
    return changes
  }

  async #readNow(number: number): Promise<ReadSegment | null> {
    const known = this.#recent.get(number)
    if (known !== undefined) return known
    if (number < this.#dropBelow) return null
    const read = await this.#fetch(number)
    if (number < this.#dropBelow) return null
    if (read === null) throw this.#lost(number)
    if (this.#recent.size >= maxRecent) this.#recent.delete(this.#recent.keys().next().value!)
    this.#recent.set(number, read)
    return read
  }

  async #fetch(number: number): Promise<ReadSegment | null> {
    for await (const segment of this.#store.segments(projection, this.#topic, number)) {
      return segment.number === number ? ReadSegment.parse(segment.bytes) : null
    }
    return null
  }

  #lost(number: number): SyncError {
    return new SyncError(
      'storage_failed',
      `Part ${number} of the dedupe window of topic "${this.#topic}" is missing in the store or damaged. Restart the bus: it rebuilds the window from the log.`,
    )
  }
}

/** Who sends old ids again mostly sends many of one time: two segments, 1.5 MB, spare reading them for each. */
const maxRecent = 2
/** Of 0.8 MB each: four million events during which the store took nothing. */
const maxWaiting = 64
