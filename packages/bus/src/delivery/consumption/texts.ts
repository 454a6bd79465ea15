import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset } from '../../event.js'
import { Outgoing } from '../../publish/outgoing.js'
import { readFirst } from '../../publish/read-event.js'
import type { Topic } from '../../publish/topic.js'
import type { Entry, Lanes } from './lanes.js'

export interface TextsParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly topic: Topic
  readonly partition: number
  readonly lanes: Lanes
}

export interface TextsOwner {
  /** The event has its text again. */
  found(entry: Entry): void
  /** The event was trimmed while it waited behind its key. */
  missing(entry: Entry): void
  /** What could be found for now was. */
  dispatch(): void
  note(reason: string): void
}

/** A read that failed is tried again so much later. */
const readAgainMs = 1_000

/**
 * Texts of events that were let go to save memory, and are read again when their turn comes. One read at a time, for as
 * many as it holds: the turns of many keys come together, and a read each would read the same part of the log each time.
 */
export class Texts {
  readonly #parts: TextsParts
  readonly #owner: TextsOwner
  readonly #wanted = new Map<Offset, Entry>()
  #reading = false
  #over = false

  constructor(parts: TextsParts, owner: TextsOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  want(entry: Entry): void {
    this.#wanted.set(entry.offset, entry)
    if (this.#reading) return
    this.#reading = true
    void this.#run()
  }

  /** Nothing that is still being read is handed over any more. */
  close(): void {
    this.#over = true
  }

  async #run(): Promise<void> {
    const { engine, clock, topic, partition } = this.#parts
    while (this.#wanted.size > 0 && !this.#over) {
      const first = this.#first()
      try {
        const stored = await readFirst(engine, topic.name, partition, first.offset, new AbortController())
        if (this.#over) return
        this.#found(
          first,
          stored.map((event) => new Outgoing(topic.frame, partition, event)),
        )
      } catch (error) {
        this.#owner.note((error as Error).message)
        await new Promise<void>((resolve) => clock.after(readAgainMs, resolve))
      }
    }
    this.#reading = false
  }

  #found(first: Entry, events: readonly Outgoing[]): void {
    if (events[0]?.offset !== first.offset) {
      this.#wanted.delete(first.offset)
      return this.#owner.missing(first)
    }
    for (const entry of this.#parts.lanes.refill(first, events, this.#wanted)) {
      this.#wanted.delete(entry.offset)
      this.#owner.found(entry)
    }
    this.#owner.dispatch()
  }

  #first(): Entry {
    let first: Entry | null = null
    for (const entry of this.#wanted.values()) if (first === null || entry.offset < first.offset) first = entry
    return first!
  }
}
