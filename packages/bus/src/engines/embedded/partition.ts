import type { StoredEvent } from '../../event.js'
import type { Batch } from '../engine.js'
import { Fifo } from './fifo.js'

/** Events that became durable together, shared by all who read them. */
export interface Chunk {
  readonly partition: Partition
  readonly first: number
  /** Behind the last event. */
  readonly next: number
  readonly batch: Batch
  readonly bytes: number
}

/** What the owner knows of one partition. Positions are numbers inside the engine, bigint at its port. */
export class Partition {
  readonly log: number
  readonly topic: string
  readonly partition: number
  /** The position that the next append gets. */
  next: number
  /** Behind the last durable event: as far as readers see. */
  end: number
  /** Everything below is gone. 0: nothing was ever trimmed. */
  floor: number
  events: number
  bytes: number
  /** Receive time of the last event appended. */
  received: number
  /** Durable since the last wake, not in the tail yet. */
  fresh: StoredEvent[] = []
  /** The newest chunks, oldest first; nothing between them or up to `end` is missing. */
  readonly chunks = new Fifo<Chunk>()
  /** What the last reader near the end was given: the others who follow ask for the same. */
  shared: { readonly from: number; readonly batch: Batch } | null = null
  /** Ends when the trim that runs is done; trims of one partition take turns. */
  trimming: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Set<() => void>()

  constructor(row: {
    log: number
    topic: string
    partition: number
    events: number
    bytes: number
    floor: number
    end: number
    received: number
  }) {
    this.log = row.log
    this.topic = row.topic
    this.partition = row.partition
    this.events = row.events
    this.bytes = row.bytes
    this.floor = row.floor
    this.end = row.end
    this.next = row.end
    this.received = row.received
  }

  /** Where reading can start. */
  get first(): number {
    return Math.max(this.floor, 1)
  }

  /** Calls `woken` once, at the next `wake`. Answers how to call it off. */
  await(woken: () => void): () => void {
    this.#waiting.add(woken)
    return () => this.#waiting.delete(woken)
  }

  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const woken of waiting) woken()
  }
}
