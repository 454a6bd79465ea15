import { SyncError } from '@hms-sync/client'
import type { StoredEvent } from '../../event.js'
import type { Rows } from '../../sqlite/query.js'
import type { Reader } from '../../sqlite/reader.js'
import { type Batch, Beyond, Gap } from '../engine.js'
import type { Partition } from './partition.js'
import type { Reads } from './schema.js'
import { maxBatchBytes, maxBatchEvents, type Tail } from './tail.js'

export interface Followed {
  readonly partition: Partition
  readonly tail: Tail
  readonly reader: Reader
  readonly reads: Reads
  /** Aborts when the caller has enough or the engine closes. */
  readonly signal: AbortSignal
}

/**
 * Yields batches from `from` on. Who is near the end reads what is in memory; who lags reads SQLite until it has caught
 * up; who is at the end sleeps until a commit.
 * @throws Gap, Beyond, SyncError `storage_failed`.
 */
export async function* follow(followed: Followed, from: bigint): AsyncGenerator<Batch, void, undefined> {
  const { partition, tail, signal } = followed
  if (from > BigInt(partition.end)) throw new Beyond(BigInt(partition.end))
  // Positions begin at 1; asking from 0 on asks for all.
  let next = Math.max(Number(from), 1)
  while (!signal.aborted) {
    if (next < partition.floor) throw new Gap(BigInt(partition.floor))
    if (next >= partition.end) {
      await nextCommit(partition, signal)
      continue
    }
    const batch = tail.batchFrom(partition, next) ?? (await readStored(followed, next))
    if (batch === null || signal.aborted) return
    // Trimmed while it was read: what is missing from the answer cannot be told from a hole.
    if (next < partition.floor) continue
    yield batch
    next = Number(batch.next)
  }
}

function nextCommit(partition: Partition, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const woken = (): void => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    const callOff = partition.await(woken)
    const stop = (): void => {
      callOff()
      resolve()
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** null when the signal aborted meanwhile. */
async function readStored({ partition, reader, reads, signal }: Followed, from: number): Promise<Batch | null> {
  const { end } = partition
  let rows: Rows
  try {
    const question = { statement: reads.events, args: [partition.log, from, end], maxRows: maxBatchEvents, maxBytes: maxBatchBytes }
    rows = await reader.ask({ ...question, caller: signal, signal })
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
  const events = toEvents(rows)
  const last = events.at(-1)
  if (last !== undefined) return { events, next: last.offset + 1n }
  if (from < partition.floor) throw new Gap(BigInt(partition.floor))
  throw new SyncError(
    'storage_failed',
    `Events ${from} to ${end - 1} of ${partition.topic}, partition ${partition.partition}, are missing from the data file. Restore the data folder from a backup.`,
  )
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
