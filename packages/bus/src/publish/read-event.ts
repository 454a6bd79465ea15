import { type Engine, Gap } from '../engines/engine.js'
import type { Offset, StoredEvent } from '../event.js'

const enough = 'enough was read'

/** The event at exactly this offset, or null when it was trimmed. The offset must lie below the end. */
export async function readEvent(engine: Engine, topic: string, partition: number, offset: Offset): Promise<StoredEvent | null> {
  const [first] = await readFirst(engine, topic, partition, offset, new AbortController(), 1)
  return first?.offset === offset ? first : null
}

/** The first events at or after an offset, `first` or as many as the engine gives at once; none when it was trimmed, or when `abort` fires before there is one. */
export async function readFirst(
  engine: Engine,
  topic: string,
  partition: number,
  offset: Offset,
  abort: AbortController,
  first?: number,
): Promise<readonly StoredEvent[]> {
  try {
    for await (const batch of engine.read(topic, partition, offset, abort.signal, first)) return batch.events
  } catch (error) {
    if (!(error instanceof Gap)) throw error
  } finally {
    // With a reason of its own no exception is made, which would cost more than the read.
    abort.abort(enough)
  }
  return []
}
