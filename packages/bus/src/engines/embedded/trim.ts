import type { Reader } from '../../sqlite/reader.js'
import type { Writer } from '../../sqlite/writer.js'
import type { Partition } from './partition.js'
import type { Reads, Writes } from './schema.js'

export interface TrimParts {
  readonly writer: Writer
  readonly writes: Writes
  readonly reader: Reader
  readonly reads: Reads
}

/** So many events go in one commit: between two of them appends have their turn. */
const stepEvents = 500

/**
 * Forgets the durable events below `before`, a step a commit; the new floor is written in the same transaction as the
 * step. The pages come free for later events, and go back to the file system when they are many. Answers how many events went.
 */
export async function trim(partition: Partition, before: bigint, signal: AbortSignal, parts: TrimParts): Promise<number> {
  let gone = 0
  while (!signal.aborted) {
    const until = before > BigInt(partition.end) ? partition.end : Number(before)
    const from = partition.floor
    if (from >= until) break
    const step = await measure(partition, from, until, parts)
    if (step.events === 0) break
    await forget(partition, from, step, parts)
    gone += step.events
  }
  return gone
}

interface Step {
  readonly events: number
  readonly bytes: number
  readonly last: number
}

async function measure(partition: Partition, from: number, until: number, { reader, reads }: TrimParts): Promise<Step> {
  const args = [partition.log, from, until, stepEvents]
  const { values } = await reader.ask({ statement: reads.measure, args, maxRows: 1, maxBytes: 1024, caller: partition })
  const [events, bytes, last] = values as [number, number, number | null]
  return { events, bytes, last: last ?? 0 }
}

async function forget(partition: Partition, from: number, { events, bytes, last }: Step, { writer, writes }: TrimParts): Promise<void> {
  const floor = last + 1
  // Raised before it is written: a reader that sees the step's effect must find the floor that explains it.
  partition.floor = floor
  try {
    await writer.commit({
      steps: [
        { statement: writes.trimmedTo, values: [partition.log, floor] },
        { statement: writes.forget, values: [partition.log, from, floor] },
      ],
      tally: { statement: writes.count, key: partition.log, amounts: [-events, -bytes] },
      grows: false,
      bytes: bytes + 16_384,
    })
  } catch (error) {
    partition.floor = from
    throw error
  }
  partition.events -= events
  partition.bytes -= bytes
}
