import type { ReadBatch } from '../bus.js'

/** Events of one topic on their way to one reader: the first batch was read, so that a refusal could still be answered. */
export interface Reading {
  readonly topic: string
  readonly name: string
  readonly batches: AsyncIterator<ReadBatch>
  readonly first: IteratorResult<ReadBatch>
  readonly limit: number | null
  /** Ends the reading and frees what it holds. May be called twice. */
  readonly stop: () => void
}
