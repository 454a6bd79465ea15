import { type StoredEvent, sizeOf } from '../../event.js'
import type { Batch } from '../engine.js'
import { Fifo } from './fifo.js'
import type { Chunk, Partition } from './partition.js'

/** The most that one batch holds: bounds what a reader has in memory and how long it holds up others. */
export const maxBatchEvents = 512
export const maxBatchBytes = 1024 * 1024

/** What an event costs in memory beside its body. */
const eventOverheadBytes = 300

/**
 * The newest events of all partitions, in memory, bounded in bytes over all of them: whoever follows an end is served from
 * here without touching SQLite. The oldest go first, wherever they lie.
 */
export class Tail {
  readonly #maxBytes: number
  readonly #chunks = new Fifo<Chunk>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes in events that have become durable, in order. */
  add(partition: Partition, events: readonly StoredEvent[]): void {
    for (let from = 0; from < events.length; ) {
      let bytes = 0
      let to = from
      do bytes += sizeOf(events[to++]!) + eventOverheadBytes
      while (to < events.length && to - from < maxBatchEvents && bytes + sizeOf(events[to]!) <= maxBatchBytes)
      this.#push(partition, from === 0 && to === events.length ? events : events.slice(from, to), bytes)
      from = to
    }
    while (this.#bytes > this.#maxBytes && this.#chunks.length > 1) this.#forgetOldest()
  }

  /** The events from `from` on, as many as one batch holds; null when they are not all here any more. */
  batchFrom(partition: Partition, from: number): Batch | null {
    const { chunks, shared } = partition
    if (shared !== null && shared.from === from) return shared.batch
    const oldest = chunks.at(0)
    if (oldest === undefined || oldest.first > from) return null
    const batch = gather(chunks, indexOf(partition, from), from)
    partition.shared = { from, batch }
    return batch
  }

  #push(partition: Partition, events: readonly StoredEvent[], bytes: number): void {
    const next = Number(events.at(-1)!.offset) + 1
    // A hole before it (a refused append) belongs to this chunk: readers come from the end of the one before.
    const first = partition.chunks.length > 0 ? partition.chunks.at(partition.chunks.length - 1)!.next : Number(events[0]!.offset)
    const chunk: Chunk = { partition, first, next, bytes, batch: { events, next: BigInt(next) } }
    partition.chunks.push(chunk)
    this.#chunks.push(chunk)
    this.#bytes += bytes
  }

  #forgetOldest(): void {
    const chunk = this.#chunks.shift()!
    this.#bytes -= chunk.bytes
    chunk.partition.chunks.shift()
    chunk.partition.shared = null
  }
}

/** The chunk that holds `from`, or the first one behind it. */
function indexOf(partition: Partition, from: number): number {
  let low = 0
  let high = partition.chunks.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (partition.chunks.at(middle)!.next > from) high = middle
    else low = middle + 1
  }
  return low
}

function gather(chunks: Fifo<Chunk>, index: number, from: number): Batch {
  const chunk = chunks.at(index)!
  const whole = chunk.first >= from || Number(chunk.batch.events[0]!.offset) >= from
  const events = whole ? chunk.batch.events : chunk.batch.events.filter((event) => event.offset >= from)
  const joined = [events]
  let { next } = chunk
  let { length } = events
  let { bytes } = chunk
  for (let i = index + 1; i < chunks.length; i++) {
    const more = chunks.at(i)!
    if (length + more.batch.events.length > maxBatchEvents || bytes + more.bytes > maxBatchBytes) break
    joined.push(more.batch.events)
    length += more.batch.events.length
    bytes += more.bytes
    next = more.next
  }
  return joined.length === 1 && whole ? chunk.batch : { events: joined.flat(), next: BigInt(next) }
}
