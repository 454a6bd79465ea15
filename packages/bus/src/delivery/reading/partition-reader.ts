import type { Batch } from '../../engines/engine.js'
import { type Engine, Gap } from '../../engines/engine.js'
import type { Offset, OutgoingEvent } from '../../event.js'
import { Outgoing } from '../../publish/outgoing.js'
import type { Topic } from '../../publish/topic.js'

export type PartitionRead =
  | { readonly events: readonly OutgoingEvent[] }
  /** Events from `first` to `last` were trimmed before they were read. */
  | { readonly gap: { readonly first: Offset; readonly last: Offset } }

/**
 * Reads one partition for one reader: from the tail's memory while it keeps up, on its own from the engine while it
 * lags. Waits without polling.
 */
export class PartitionReader {
  readonly #engine: Engine
  readonly #topic: Topic
  readonly #partition: number
  #from: Offset
  #closed = false
  #wake: (() => void) | null = null
  #behind: { readonly abort: AbortController; readonly batches: AsyncIterator<Batch> } | null = null
  #held: readonly OutgoingEvent[] = []
  /** How many of them were handed out. */
  #handed = 0

  constructor(engine: Engine, topic: Topic, partition: number, from: Offset) {
    this.#engine = engine
    this.#topic = topic
    this.#partition = partition
    this.#from = from
  }

  /** The offset of the next event to come, or below it. */
  get position(): Offset {
    return this.#from
  }

  /** At most `max` events, at least one; null once it, the topic or the engine is closed. */
  async next(max: number): Promise<PartitionRead | null> {
    const tail = this.#topic.tails[this.#partition]!
    for (;;) {
      if (this.#closed) return null
      if (this.#handed === this.#held.length) {
        const recent = tail.take(this.#from, max)
        if (recent === null) {
          const gap = await this.#readBehind()
          if (gap !== null) return { gap }
          continue
        }
        this.#leaveEngine()
        this.#hold(recent)
      }
      if (this.#handed < this.#held.length) return { events: this.#hand(max) }
      if (tail.over) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        tail.wait(resolve)
      })
      this.#wake = null
    }
  }

  /** Goes on from another place. */
  moveTo(offset: Offset): void {
    this.#from = offset
    this.#hold(this.#held.slice(this.#handed).filter((event) => event.offset >= offset))
    if (this.#held.length === 0) this.#leaveEngine()
  }

  /** Ends a `next` that waits. May be called twice. */
  close(): void {
    this.#closed = true
    this.#leaveEngine()
    if (this.#wake === null) return
    this.#topic.tails[this.#partition]!.forget(this.#wake)
    this.#wake()
  }

  #hand(max: number): readonly OutgoingEvent[] {
    const events = this.#held.slice(this.#handed, this.#handed + max)
    this.#handed += events.length
    if (this.#handed === this.#held.length) this.#hold([])
    this.#from = events.at(-1)!.offset + 1n
    return events
  }

  async #readBehind(): Promise<{ readonly first: Offset; readonly last: Offset } | null> {
    if (this.#behind === null) {
      const abort = new AbortController()
      const batches = this.#engine.read(this.#topic.name, this.#partition, this.#from, abort.signal)[Symbol.asyncIterator]()
      this.#behind = { abort, batches }
    }
    const behind = this.#behind
    try {
      const read = await behind.batches.next()
      if (this.#behind !== behind) return null
      // Nobody aborted it: the engine itself is closing, and asking again would get the same answer for ever.
      if (read.done) this.close()
      else this.#hold(read.value.events.map((event) => new Outgoing(this.#topic.frame, this.#partition, event)))
      return null
    } catch (error) {
      this.#leaveEngine()
      if (this.#closed) return null
      if (!(error instanceof Gap)) throw error
      const gap = { first: this.#from, last: error.first - 1n }
      this.#from = error.first
      return gap
    }
  }

  #hold(events: readonly OutgoingEvent[]): void {
    this.#held = events
    this.#handed = 0
  }

  #leaveEngine(): void {
    this.#behind?.abort.abort()
    this.#behind = null
  }
}
