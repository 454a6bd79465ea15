import type { Batch, Engine } from '../engines/engine.js'
import { type Offset, type StoredEvent, sizeOf } from '../event.js'
import { type EventFrame, Outgoing } from './outgoing.js'

export interface TailOptions {
  readonly engine: Engine
  readonly topic: string
  readonly partition: number
  readonly frame: EventFrame
  /** Sees every event once, in order, before anybody else does. */
  readonly onEvent: (event: StoredEvent) => void
  /** Called when reading ends by a fault: the partition can no longer be served. */
  readonly onFault: (error: Error) => void
  /** Bytes of event text kept for readers at the tail. */
  readonly ringBytes: number
}

/** What an event costs in memory beside its body. */
const eventOverheadBytes = 200

/** One batch in memory, as text alone: what an event was made from may keep far more alive than itself. */
interface Kept {
  readonly next: Offset
  readonly bytes: number
  readonly outgoing: readonly Outgoing[]
}

const gone: Kept = { next: 0n, bytes: 0, outgoing: [] }

/**
 * The owner's own reading of one partition: what it shows has happened. It answers publishes and feeds projections
 * through `onEvent`, and keeps what came last in memory, encoded once, so that one read serves every reader; as long as
 * there are readers near the end.
 */
export class Tail {
  readonly #options: TailOptions
  readonly #abort = new AbortController()
  readonly #waiters = new Set<() => void>()
  #ring: Kept[] = []
  #head = 0
  #bytes = 0
  /** Bytes that came since a reader last asked: a ring that nobody reads is not kept. */
  #unasked = Number.POSITIVE_INFINITY
  #next: Offset
  #running: Promise<void> | null = null
  #fault: Error | null = null

  constructor(options: TailOptions, from: Offset) {
    this.#options = options
    this.#next = from
  }

  /** Behind the last event seen. */
  get next(): Offset {
    return this.#next
  }

  /** It was closed: nothing newer comes, and whoever waits is not woken any more. */
  get over(): boolean {
    return this.#abort.signal.aborted
  }

  get partition(): number {
    return this.#options.partition
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /**
   * Events from `from` on that are still in memory, at most `max`. Empty: there is nothing newer yet.
   * null: they are no longer in memory; the engine has them.
   */
  take(from: Offset, max: number): readonly Outgoing[] | null {
    this.#unasked = 0
    if (from >= this.#next) return []
    const oldest = this.#ring[this.#head]
    if (oldest === undefined || from < oldest.outgoing[0]!.offset) return null
    const first = this.#find(from)
    const all = this.#ring[first]!.outgoing
    const start = all.findIndex((event) => event.offset >= from)
    const taken = all.slice(start, start + max)
    for (let i = first + 1; i < this.#ring.length && taken.length < max; i++) {
      taken.push(...this.#ring[i]!.outgoing.slice(0, max - taken.length))
    }
    return taken
  }

  /** Calls `wake` once, when something newer has come. */
  wait(wake: () => void): void {
    this.#unasked = 0
    this.#waiters.add(wake)
  }

  forget(wake: () => void): void {
    this.#waiters.delete(wake)
  }

  /** Resolves when everything below `offset` has been seen. @throws the fault that ended reading before. */
  async reach(offset: Offset): Promise<void> {
    while (this.#next < offset && !this.#abort.signal.aborted) {
      if (this.#fault !== null) throw this.#fault
      await new Promise<void>((resolve) => this.wait(resolve))
    }
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#wakeAll()
    await this.#running
  }

  async #run(): Promise<void> {
    const { engine, topic, partition, onEvent } = this.#options
    try {
      for await (const batch of engine.read(topic, partition, this.#next, this.#abort.signal)) {
        for (const event of batch.events) onEvent(event)
        this.#keep(batch)
        this.#next = batch.next
        this.#wakeAll()
      }
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#fault = error as Error
      this.#options.onFault(this.#fault)
    } finally {
      this.#wakeAll()
    }
  }

  #keep({ events, next }: Batch): void {
    let bytes = 0
    for (const event of events) bytes += sizeOf(event) + eventOverheadBytes
    this.#unasked += bytes
    if (this.#waiters.size === 0 && this.#unasked > this.#options.ringBytes) {
      this.#ring = []
      this.#head = this.#bytes = 0
      return
    }
    const { frame, partition } = this.#options
    const outgoing = events.map((event) => new Outgoing(frame, partition, event).written())
    this.#ring.push({ next, bytes, outgoing })
    this.#bytes += bytes
    while (this.#bytes > this.#options.ringBytes && this.#head < this.#ring.length - 1) {
      this.#bytes -= this.#ring[this.#head]!.bytes
      this.#ring[this.#head++] = gone
    }
    // Cutting the array at every step would copy it each time.
    if (this.#head >= 64 && this.#head * 2 >= this.#ring.length) {
      this.#ring.splice(0, this.#head)
      this.#head = 0
    }
  }

  /** The batch that holds `from`, or the first one behind it. */
  #find(from: Offset): number {
    let low = this.#head
    let high = this.#ring.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ring[middle]!.next <= from) low = middle + 1
      else high = middle
    }
    return low
  }

  #wakeAll(): void {
    if (this.#waiters.size === 0) return
    const waiting = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiting) wake()
  }
}
