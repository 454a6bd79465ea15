import type { Engine } from '../engines/engine.js'
import type { Offset, StoredEvent } from '../event.js'
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

/**
 * The owner's own reading of one partition: what it shows has happened. It answers publishes and feeds projections
 * through `onEvent`, and keeps what came last in memory, encoded once, so that one read serves every reader.
 */
export class Tail {
  readonly #options: TailOptions
  readonly #abort = new AbortController()
  readonly #waiters = new Set<() => void>()
  #ring: Outgoing[] = []
  #head = 0
  #bytes = 0
  /** Of what lies before the head and is still in the array. */
  #bytesBehind = 0
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
    if (from >= this.#next) return []
    const oldest = this.#ring[this.#head]
    if (oldest === undefined || from < oldest.offset) return null
    let low = this.#head
    let high = this.#ring.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ring[middle]!.offset < from) low = middle + 1
      else high = middle
    }
    return this.#ring.slice(low, low + max)
  }

  /** Calls `wake` once, when something newer has come. */
  wait(wake: () => void): void {
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
    const { engine, topic, partition, onEvent, frame } = this.#options
    try {
      for await (const batch of engine.read(topic, partition, this.#next, this.#abort.signal)) {
        for (const event of batch.events) {
          onEvent(event)
          this.#keep(new Outgoing(frame, partition, event))
        }
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

  #keep(event: Outgoing): void {
    this.#ring.push(event)
    this.#bytes += event.size
    while (this.#bytes > this.#options.ringBytes && this.#head < this.#ring.length - 1) {
      const { size } = this.#ring[this.#head]!
      this.#bytes -= size
      this.#bytesBehind += size
      this.#head++
    }
    // Cutting the array at every step would copy it each time; once as much is behind as may be held, it is cut in one go.
    if (this.#bytesBehind > this.#options.ringBytes) {
      this.#ring = this.#ring.slice(this.#head)
      this.#head = 0
      this.#bytesBehind = 0
    }
  }

  #wakeAll(): void {
    if (this.#waiters.size === 0) return
    const waiting = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiting) wake()
  }
}
