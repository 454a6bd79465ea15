import type { WireEvent } from '@hms-sync/client'
import type { Collected } from '../../faults.js'
import { OptionReader, type Options } from '../option-reader.js'
import { readDeletes } from '../sql/deletes.js'
import type { SqlSinkSettings } from '../sql/sql-sink.js'

type Scalar = string | number | boolean | null

/** Which table of which file, and how events become rows of it. */
export interface SqliteOptions {
  /** Relative to the project folder; or `env:NAME` that holds a path. */
  readonly file: string
  /** It must be there, with a primary key or unique index over `key`; see `create`. */
  readonly table: string
  /** The column, or the columns, that name a row. */
  readonly key: string | readonly string[]
  /** The columns that are written; a field that is missing becomes NULL. Default: the fields that the mapping makes, and no others. */
  readonly columns?: readonly string[]
  /** Which events take their row away: fields of the payload (or `type`) and their values, or a function. */
  // biome-ignore lint/suspicious/noExplicitAny: a function destructures payloads whose shape only its author knows
  readonly delete?: Readonly<Record<string, Scalar | readonly Scalar[]>> | ((payload: any, event: WireEvent) => boolean)
  /** SQL that makes the table, run when it is not there; it makes the file, too. */
  readonly create?: string
  /** Waiting for a lock included. Default 10,000; 100 to 120,000. */
  readonly timeoutMs?: number
  /** Events in one transaction. Default 256, which is also the most. */
  readonly maxBatch?: number
  /** How long it is remembered which events were applied. Default `30d`, at least `1h`. */
  readonly remember?: string
}

export interface SqliteSettings extends SqlSinkSettings {
  readonly path: string
  readonly create?: string
}

const keys = ['file', 'table', 'key', 'columns', 'delete', 'create', 'timeoutMs', 'maxBatch', 'remember']
/** More gains nothing (measured), and a batch is what a crash makes come again. */
const maxBatch = 256
const hourMs = 3_600_000
const rememberMs = 30 * 24 * hourMs

/** Faults go to `collected`; undefined when there is one. */
export function readSqliteOptions(options: Options, pointer: string, collected: Collected): SqliteSettings | undefined {
  const before = collected.faults.length
  const read = new OptionReader(options, pointer, collected)
  read.expectKeys(keys)
  const key = read.names('key', "the column that names a row, such as key: 'permit_id', or a list of columns")
  const columns =
    read.get('columns') === undefined
      ? undefined
      : read.names('columns', "the columns that are written, such as columns: ['permit_id', 'status']")
  for (const name of key)
    if (columns !== undefined && !columns.includes(name)) read.fault('columns', `the key "${name}" must be among the columns`)
  const create = read.optionalText('create', "SQL, such as create: 'CREATE TABLE permits (permit_id INTEGER PRIMARY KEY, status TEXT)'")
  const settings = {
    path: read.path('file', "the database file, such as file: 'warehouse.db', or 'env:NAME'"),
    table: read.text('table', "the name of the table, such as table: 'permits'"),
    key,
    ...(columns === undefined ? {} : { columns }),
    deletes: readDeletes(read.get('delete'), read.at('delete'), collected),
    ...(create === undefined ? {} : { create }),
    timeoutMs: read.whole('timeoutMs', [100, 120_000, 10_000]),
    maxBatch: read.whole('maxBatch', [1, maxBatch, maxBatch]),
    rememberMs: read.duration('remember', hourMs, rememberMs),
  }
  return collected.faults.length > before ? undefined : settings
}
