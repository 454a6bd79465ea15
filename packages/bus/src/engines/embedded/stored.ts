import { SyncError } from '@hms-sync/client'
import type { StoredEvent } from '../../event.js'
import type { Rows } from '../../sqlite/query.js'
import type { Reader } from '../../sqlite/reader.js'
import { type Batch, Gap } from '../engine.js'
import type { Partition } from './partition.js'
import type { Reads } from './schema.js'
import { maxBatchBytes, maxBatchEvents } from './tail.js'

export interface StoredParts {
  readonly partition: Partition
  readonly reader: Reader
  readonly reads: Reads
  readonly signal: AbortSignal
  /** Events that the first batch is to hold. Absent: a reader of all there is. */
  readonly first?: number | undefined
}

/** Who came back for more within this time is given the next batch read ahead; a slow reader holds one batch alone. */
const quickMs = 50
/** A batch holds what its reader works through in about this time: what lies longer is copied by each collection. */
const batchMs = 4
const fewestEvents = 32
const firstEvents = 128

/**
 * What one follower reads of the data file. The batch behind the one that is being worked on is read meanwhile: otherwise
 * thread and loop would take turns, each idle half of the time.
 */
export class StoredReading {
  readonly #parts: StoredParts
  #ahead: { readonly from: number; readonly rows: Promise<Rows> } | null = null
  /** What was handed over last, and when: how long until the next call tells how fast its reader is. */
  #handed = { events: 0, at: Number.NEGATIVE_INFINITY }
  #events: number

  constructor(parts: StoredParts) {
    this.#parts = parts
    this.#events = parts.first ?? firstEvents
  }

  /** Events from `from` on; null when the signal aborted meanwhile. @throws Gap, SyncError `storage_failed`. */
  async batchFrom(from: number): Promise<Batch | null> {
    const tookMs = performance.now() - this.#handed.at
    const quick = tookMs < quickMs
    if (quick) this.#events = this.#fitting(tookMs)
    const ahead = this.#ahead
    this.#ahead = null
    let rows: Rows
    try {
      rows = await (ahead?.from === from ? ahead.rows : this.#ask(from))
    } catch (error) {
      if (this.#parts.signal.aborted) return null
      throw error
    }
    const events = toEvents(rows)
    const last = events.at(-1)
    if (last === undefined) throw this.#missing(from)
    const next = last.offset + 1n
    if (quick) this.#readAhead(Number(next))
    this.#handed = { events: events.length, at: performance.now() }
    return { events, next }
  }

  /** How many events its reader works through in `batchMs`; at most twice as many as the time before, for one reading says little. */
  #fitting(tookMs: number): number {
    const fitting = Math.round((this.#handed.events * batchMs) / tookMs)
    return Math.max(fewestEvents, Math.min(fitting, 2 * this.#events, maxBatchEvents))
  }

  #readAhead(from: number): void {
    const { partition } = this.#parts
    const inMemoryFrom = partition.chunks.at(0)?.first ?? partition.end
    if (from >= inMemoryFrom) return
    const rows = this.#ask(from)
    // Whoever asks for it hears of a fault; perhaps nobody does.
    rows.catch(() => {})
    this.#ahead = { from, rows }
  }

  #ask(from: number): Promise<Rows> {
    const { partition, reader, reads, signal, first } = this.#parts
    const question = {
      statement: reads.events,
      args: [partition.log, from, partition.end],
      maxRows: this.#events,
      maxBytes: maxBatchBytes,
    }
    // Single looks at a partition share one turn: a thousand of them are not to hold up those who read on.
    return reader.ask({ ...question, caller: first === undefined ? signal : partition, signal })
  }

  #missing(from: number): Error {
    const { topic, partition, floor, end } = this.#parts.partition
    if (from < floor) return new Gap(BigInt(floor))
    return new SyncError(
      'storage_failed',
      `Events ${from} to ${end - 1} of ${topic}, partition ${partition}, are missing from the data file. Restore the data folder from a backup.`,
    )
  }
}

function toEvents({ width, values }: Rows): StoredEvent[] {
  const events: StoredEvent[] = []
  for (let i = 0; i < values.length; i += width) {
    events.push({
      id: values[i + 2] as string,
      source: values[i + 3] as string,
      key: values[i + 4] as string | null,
      received: values[i + 1] as number,
      body: values[i + 5] as string,
      offset: BigInt(values[i] as number),
    })
  }
  return events
}
