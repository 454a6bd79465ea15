import type { SqlFault } from '../sql/dialect.js'

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const faults: Readonly<Record<number, SqlFault>> = {
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  8: 'down', // SQLITE_READONLY
  10: 'down', // SQLITE_IOERR
  11: 'down', // SQLITE_CORRUPT
  13: 'full', // SQLITE_FULL
  14: 'down', // SQLITE_CANTOPEN
  17: 'schema', // SQLITE_SCHEMA
  18: 'row', // SQLITE_TOOBIG
  19: 'row', // SQLITE_CONSTRAINT
  20: 'row', // SQLITE_MISMATCH
  23: 'down', // SQLITE_AUTH
  25: 'row', // SQLITE_RANGE
  26: 'down', // SQLITE_NOTADB
}
const sqliteError = 1
/** `SQLITE_ERROR` has many causes. These are not the row's: table, column or unique index are missing, or there is no transaction. */
const notTheRow =
  /^(no such (table|column)|table .* has no column|ON CONFLICT clause does not match|cannot |no transaction is active|no such savepoint)/

export function sqliteFaultOf(error: unknown): SqlFault {
  const { errcode, message = '' } = error as { readonly errcode?: unknown; readonly message?: string }
  const code = typeof errcode === 'number' ? errcode & 0xff : (byWords.find(([words]) => words.test(message))?.[1] ?? null)
  // Anything that is not SQLite's word, such as a file that is missing, is not the row's fault.
  if (code === null) return 'down'
  if (code === sqliteError) return notTheRow.test(message) ? 'schema' : 'row'
  return faults[code] ?? 'down'
}

/** What SQLite said, with what to do about it where that is known. */
export function describeSqliteError(error: unknown): string {
  const { message = String(error), sqliteCodeName } = error as { readonly message?: string; readonly sqliteCodeName?: string }
  if (message.startsWith('ON CONFLICT clause does not match'))
    return 'the key is no primary key and has no unique index, without which no row can be found again: CREATE UNIQUE INDEX … ON the table and the key'
  return sqliteCodeName === undefined ? message : `${message} (${sqliteCodeName})`
}

/** The library gives no code with some errors, but SQLite's own words. */
const byWords: readonly (readonly [RegExp, number])[] = [
  [/^database( table| schema)? is locked/, 5],
  [/^attempt to write a readonly database/, 8],
  [/^disk I\/O error/, 10],
  [/^database disk image is malformed/, 11],
  [/^database or disk is full/, 13],
  [/^unable to open database file/, 14],
  [/constraint failed/, 19],
  [/^datatype mismatch/, 20],
  [/^file is not a database/, 26],
  [/^(no such|table .* has no column|ON CONFLICT clause)/, sqliteError],
]
