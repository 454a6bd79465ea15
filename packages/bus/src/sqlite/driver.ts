import { SyncError } from '@hms-sync/client'
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite'

export type Database = DatabaseSyncInstance
export type Statement = StatementSyncInstance

/** What a column holds. Text travels as strings: transferred buffers gained nothing (measured). */
export type Value = string | number | bigint | null | Uint8Array

/**
 * SQLite 3.7.0 to 3.51.2 can corrupt a file when the WAL is reset while a second connection checkpoints, and this bus
 * checkpoints from a second connection.
 */
const leastVersion = [3, 51, 3] as const

/**
 * Opens a database file: the one place that knows which SQLite library is used.
 * @throws the library's error when the file cannot be opened; SyncError `storage_failed` when the SQLite is too old.
 */
export function openDatabase(path: string, options: { readonly busyTimeoutMs?: number } = {}): Database {
  checkLibrary()
  return new DatabaseSync(path, { timeout: options.busyTimeoutMs ?? 5_000 })
}

let checked = false

/** Asked of a database in memory: a statement that still waits for the garbage collector would keep a file open. */
function checkLibrary(): void {
  if (checked) return
  const database = new DatabaseSync(':memory:')
  refuseOldSqlite(String(database.prepare('SELECT sqlite_version() AS version').get().version))
  database.close()
  checked = true
}

/** @throws SyncError `storage_failed` for a version that may corrupt files. */
export function refuseOldSqlite(version: string): void {
  const found = version.split('.').map(Number)
  for (const [i, least] of leastVersion.entries()) {
    if ((found[i] ?? 0) > least) return
    if ((found[i] ?? 0) < least) {
      throw new SyncError(
        'storage_failed',
        `SQLite ${version} can corrupt a database under concurrent checkpoints; at least ${leastVersion.join('.')} is needed. Reinstall the package @photostructure/sqlite.`,
      )
    }
  }
}

/** `full`: no room, nothing is broken. `broken`: the file or the disk cannot be trusted any more. `other`: the statement's own fault. */
export type SqliteFault = 'full' | 'broken' | 'other'

/** Primary result codes, https://www.sqlite.org/rescode.html, with SQLite's own words: the library gives no code while it steps through rows. */
const primary: readonly (readonly [number, SqliteFault, string])[] = [
  [8, 'broken', 'attempt to write a readonly database'],
  [10, 'broken', 'disk I/O error'],
  [11, 'broken', 'database disk image is malformed'],
  [13, 'full', 'database or disk is full'],
  [14, 'broken', 'unable to open database file'],
  [26, 'broken', 'file is not a database'],
]
/** The WAL index could not grow: SQLite calls a full disk an I/O error there. */
const ioerrShmSize = 10 | (19 << 8)
const cantopen = 14
const enospc = 28

export function faultOf(error: unknown): SqliteFault {
  const { errcode, systemErrno, message, code } = error as { errcode?: unknown; systemErrno?: unknown; message?: unknown; code?: unknown }
  if (typeof errcode !== 'number')
    return code === 'ERR_SQLITE_ERROR' ? (primary.find(([, , words]) => words === message)?.[1] ?? 'other') : 'other'
  if (errcode === ioerrShmSize) return 'full'
  // A refused write is a full disk; a refused fsync is never tried again, whatever its reason.
  if ((errcode & 0xff) === cantopen && systemErrno === enospc) return 'full'
  return primary.find(([number]) => number === (errcode & 0xff))?.[1] ?? 'other'
}

/** What SQLite said, for messages: `SQLITE_CORRUPT: database disk image is malformed`. */
export function describeFault(error: unknown): string {
  const { sqliteCodeName, message } = error as { sqliteCodeName?: string; message?: string }
  return sqliteCodeName === undefined ? String(message ?? error) : `${sqliteCodeName}: ${message}`
}
