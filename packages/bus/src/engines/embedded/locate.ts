import type { Reader } from '../../sqlite/reader.js'
import type { Partition } from './partition.js'
import type { Reads } from './schema.js'

/** The first event at or after a position. */
export interface Found {
  readonly position: number
  readonly received: number
}

export async function firstFrom(partition: Partition, from: number, reader: Reader, reads: Reads): Promise<Found | null> {
  const args = [partition.log, from, partition.end]
  const { values } = await reader.ask({ statement: reads.first, args, maxRows: 1, maxBytes: 1024, caller: partition })
  return values.length === 0 ? null : { position: values[0] as number, received: values[1] as number }
}

/**
 * The first position received at or after `timeMs`, else the end. Receive times never fall within a partition, so this halves
 * the primary key's range: about 25 look-ups in a million million events, and no index on time to keep.
 */
export async function locate(partition: Partition, timeMs: number, reader: Reader, reads: Reads): Promise<number> {
  let low = partition.first
  let high = partition.end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await firstFrom(partition, middle, reader, reads)
    if (found === null || found.position >= high || found.received >= timeMs) high = middle
    else low = found.position + 1
  }
  const found = low < partition.end ? await firstFrom(partition, low, reader, reads) : null
  return found?.position ?? Math.max(low, partition.first)
}
