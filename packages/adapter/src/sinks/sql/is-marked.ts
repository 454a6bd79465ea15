import type { SqlConnection } from './dialect.js'
import type { ProgressMark } from './progress-entry.js'

type Place = Pick<ProgressMark, 'partition' | 'offset' | 'received'>

const readMark =
  'SELECT part, off, received FROM hms_sync_progress WHERE scope = (SELECT id FROM hms_sync_scope WHERE name = ?) AND entry = ?'

/** Would the event of this mark change nothing, because it, or a newer one of its key and row, is written? @throws what the connection throws. */
export async function isMarked(mark: ProgressMark, connection: SqlConnection): Promise<boolean> {
  const [row] = await connection.rows(readMark, [mark.scope, mark.entry])
  if (row === undefined) return false
  return isCovered({ partition: Number(row.part), offset: BigInt(row.off as number), received: Number(row.received) }, mark)
}

/** Is the second mark that of a repeat, or of something older? The same rule as the dialect's `claim`. */
function isCovered(by: Place, mark: Place): boolean {
  if (by.partition !== mark.partition) return by.received > mark.received
  return BigInt(by.offset) >= BigInt(mark.offset) && by.received >= mark.received
}
