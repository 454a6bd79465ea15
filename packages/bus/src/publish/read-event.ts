import { type Engine, Gap } from '../engines/engine.js'
import type { Offset, StoredEvent } from '../event.js'

/** The event at exactly this offset, or null when it was trimmed. The offset must lie below the end. */
export async function readEvent(engine: Engine, topic: string, partition: number, offset: Offset): Promise<StoredEvent | null> {
  const first = await readFirst(engine, topic, partition, offset, new AbortController())
  return first?.offset === offset ? first : null
}

/** The first event at or after an offset; null when it was trimmed, or when `abort` fires before there is one. */
export async function readFirst(
  engine: Engine,
  topic: string,
  partition: number,
  offset: Offset,
  abort: AbortController,
): Promise<StoredEvent | null> {
  try {
    for await (const batch of engine.read(topic, partition, offset, abort.signal)) return batch.events[0] ?? null
  } catch (error) {
    if (!(error instanceof Gap)) throw error
  } finally {
    abort.abort()
  }
  return null
}
