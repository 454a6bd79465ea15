import { Collected } from '../../faults.js'
import type { Sink } from '../../sink.js'
import type { SqlTarget } from '../sql/dialect.js'
import { SqlSink } from '../sql/sql-sink.js'
import { SqliteConnection } from './sqlite-connection.js'
import { sqliteDialect } from './sqlite-dialect.js'
import { loadSqlite } from './sqlite-library.js'
import { readSqliteOptions, type SqliteOptions, type SqliteSettings } from './sqlite-options.js'

/**
 * Keeps a table of a SQLite file in step: each event writes its row, or takes it away. Row and progress are one
 * transaction, so an event that comes again changes nothing: effectively once, over crashes of either side.
 * @throws SyncError `invalid_config` with every fault of the options.
 */
export function sqlite(options: SqliteOptions): Sink {
  const collected = new Collected()
  const settings = readSqliteOptions({ ...options }, '', collected)
  collected.throwIfAny('sqlite()')
  return sqliteSink(settings!)
}

export function sqliteSink(settings: SqliteSettings): Sink {
  return new SqlSink(sqliteTarget(settings), settings)
}

function sqliteTarget({ path, create }: SqliteSettings): SqlTarget {
  return {
    kind: 'sqlite',
    name: path,
    dialect: sqliteDialect,
    ...(create === undefined ? {} : { create }),
    connect: async () => SqliteConnection.open(await loadSqlite(), { path, create: create !== undefined }),
  }
}
