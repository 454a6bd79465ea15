import type { AttemptInfo } from '@hms-sync/client'
import { formatPosition } from '../../event.js'
import type { EventPlace } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import { readChunk } from '../history/attempt-log.js'

/** The last tries of one event, for one group or all, oldest first; at most `limit`. */
export async function triesOf(store: Store, place: EventPlace, group: string | undefined, limit: number): Promise<readonly AttemptInfo[]> {
  const { topic, partition, offset } = place
  const position = formatPosition(partition, offset)
  const found: AttemptInfo[] = []
  const around = { topic, partition, offset }
  for await (const chunk of store.attempts({ around, ...(group === undefined ? {} : { group }) })) {
    found.push(
      ...readChunk(chunk)
        .filter((attempt) => attempt.position === position)
        .reverse(),
    )
    if (found.length >= limit) break
  }
  return found.slice(0, limit).reverse()
}
