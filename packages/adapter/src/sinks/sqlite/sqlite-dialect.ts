import type { SqlDialect, UpsertForm } from '../sql/dialect.js'
import { describeSqliteError, sqliteFaultOf } from './sqlite-faults.js'

/** SQLite, from 3.24 on (`ON CONFLICT … DO UPDATE`). */
export const sqliteDialect: SqlDialect = {
  // Immediate: a transaction that begins by reading may find at its first write that it can have no lock any more.
  begin: 'BEGIN IMMEDIATE',
  maxValues: 32_766,
  repeatsRows: true,
  createProgress: [
    'CREATE TABLE IF NOT EXISTS hms_sync_scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
    `CREATE TABLE IF NOT EXISTS hms_sync_progress (
  scope INTEGER NOT NULL,
  entry TEXT NOT NULL,
  part INTEGER NOT NULL,
  off INTEGER NOT NULL,
  received INTEGER NOT NULL,
  applied INTEGER NOT NULL,
  PRIMARY KEY (scope, entry)
) WITHOUT ROWID`,
  ],
  quote,
  upsert({ table, key, columns }: UpsertForm, count: number): string {
    const rest = columns.filter((column) => !key.includes(column))
    const set = rest.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ')
    return `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')}) VALUES ${tuples(columns.length, count)}
ON CONFLICT (${key.map(quote).join(', ')}) DO ${set === '' ? 'NOTHING' : `UPDATE SET ${set}`}`
  },
  remove({ table, key }, count: number): string {
    return `DELETE FROM ${quote(table)} WHERE (${key.map(quote).join(', ')}) IN (VALUES ${tuples(key.length, count)})`
  },
  claim(count: number): string {
    return `INSERT INTO hms_sync_progress (scope, entry, part, off, received, applied) VALUES ${tuples(6, count)}
ON CONFLICT (scope, entry) DO UPDATE SET part = excluded.part, off = excluded.off, received = excluded.received, applied = excluded.applied
WHERE CASE WHEN part = excluded.part THEN off < excluded.off OR received < excluded.received ELSE received <= excluded.received END`
  },
  // A table-valued function takes the name as a value; hidden columns (generated ones) cannot be written.
  columnsOf: (table) => ({ sql: 'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0', values: [table] }),
  faultOf: sqliteFaultOf,
  describe: describeSqliteError,
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function tuples(width: number, count: number): string {
  const tuple = `(${Array(width).fill('?').join(', ')})`
  return Array(count).fill(tuple).join(', ')
}
