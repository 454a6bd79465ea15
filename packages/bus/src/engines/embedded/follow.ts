import type { Reader } from '../../sqlite/reader.js'
import { type Batch, Beyond, Gap } from '../engine.js'
import type { Partition } from './partition.js'
import type { Reads } from './schema.js'
import { StoredReading } from './stored.js'
import type { Tail } from './tail.js'

export interface Followed {
  readonly partition: Partition
  readonly tail: Tail
  readonly reader: Reader
  readonly reads: Reads
  /** Aborts when the caller has enough or the engine closes. */
  readonly signal: AbortSignal
  /** Events that the first batch is to hold. */
  readonly first?: number | undefined
}

/**
 * Yields batches from `from` on. Who is near the end reads what is in memory; who lags reads SQLite until it has caught
 * up; who is at the end sleeps until a commit.
 * @throws Gap, Beyond, SyncError `storage_failed`.
 */
export async function* follow(followed: Followed, from: bigint): AsyncGenerator<Batch, void, undefined> {
  const { partition, tail, signal } = followed
  const stored = new StoredReading(followed)
  if (from > BigInt(partition.end)) throw new Beyond(BigInt(partition.end))
  // Positions begin at 1; asking from 0 on asks for all.
  let next = Math.max(Number(from), 1)
  while (!signal.aborted) {
    if (next < partition.floor) throw new Gap(BigInt(partition.floor))
    if (next >= partition.end) {
      await nextCommit(partition, signal)
      continue
    }
    const batch = tail.batchFrom(partition, next) ?? (await stored.batchFrom(next))
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
