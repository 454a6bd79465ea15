import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Collected } from '#dist/faults.js'
import { SqlSink } from '#dist/sinks/sql/sql-sink.js'
import { SqliteConnection } from '#dist/sinks/sqlite/sqlite-connection.js'
import { sqliteDialect } from '#dist/sinks/sqlite/sqlite-dialect.js'
import { loadSqlite } from '#dist/sinks/sqlite/sqlite-library.js'
import { readSqliteOptions } from '#dist/sinks/sqlite/sqlite-options.js'
import { badText, type SinkHarness, type SinkValue } from '#dist/testing/index.js'
import type { Sink } from '../../src/sink.js'
import type { SqlConnection, SqlValue } from '../../src/sinks/sql/dialect.js'

/** Every change of a row is written down by the database itself. */
const tables = `
CREATE TABLE permits (key TEXT PRIMARY KEY, ref TEXT NOT NULL, text TEXT CHECK (text <> '${badText}'));
CREATE TABLE effect (number INTEGER PRIMARY KEY, key TEXT, ref TEXT, text TEXT);
CREATE TABLE filler (content BLOB);
CREATE TRIGGER inserted AFTER INSERT ON permits BEGIN INSERT INTO effect (key, ref, text) VALUES (new.key, new.ref, new.text); END;
CREATE TRIGGER updated AFTER UPDATE ON permits BEGIN INSERT INTO effect (key, ref, text) VALUES (new.key, new.ref, new.text); END;
`

const noNetwork = { impossible: 'a file answers at once, in one form' }

/** The SQLite sink on a real file. */
export class SqliteHarness implements SinkHarness {
  readonly refusesBadText = true
  readonly secrets = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'sqlite-sink-'))
  readonly path = join(this.#folder, 'warehouse.db')
  readonly timeoutMs: number
  #full = false
  #lock: SqliteConnection | null = null

  constructor({ timeoutMs = 800 }: { readonly timeoutMs?: number } = {}) {
    this.timeoutMs = timeoutMs
  }

  readonly troubles: SinkHarness['troubles'] = {
    asks_to_wait: noNetwork,
    overloaded: noNetwork,
    refuses_connections: noNetwork,
    refuses_credentials: noNetwork,
    fails_once: noNetwork,
    resets_before: noNetwork,
    applies_then_resets: noNetwork,
    applies_then_hangs: noNetwork,
    slow: noNetwork,
    truncates: noNetwork,
    wrong_type: noNetwork,
    babbles: noNetwork,
    hangs: () => this.#hold(),
    locked: () => this.#hold(),
    full: () => {
      this.#full = true
    },
    gone: () => this.#exec('ALTER TABLE permits RENAME TO elsewhere'),
  }

  async open(): Promise<Sink> {
    const connection = await this.connect()
    connection.script(tables)
    connection.close()
    return this.reopen()
  }

  async reopen(): Promise<Sink> {
    const collected = new Collected()
    const settings = readSqliteOptions({ file: this.path, table: 'permits', key: 'key', timeoutMs: this.timeoutMs }, '', collected)
    collected.throwIfAny('the harness')
    const connect = async (): Promise<SqlConnection> => this.#watched(await this.connect())
    return new SqlSink({ kind: 'sqlite', name: this.path, dialect: sqliteDialect, connect }, settings!)
  }

  /** A connection of the test's own. */
  async connect(): Promise<SqliteConnection> {
    return SqliteConnection.open(await loadSqlite(), { path: this.path, create: true })
  }

  async effects(): Promise<readonly SinkValue[]> {
    const connection = await this.connect()
    try {
      return connection.rows('SELECT key, ref, text FROM effect ORDER BY number', []).map((row) => ({ ...row }) as unknown as SinkValue)
    } finally {
      connection.close()
    }
  }

  async mend(): Promise<void> {
    this.#full = false
    this.#lock?.close()
    this.#lock = null
    const connection = await this.connect()
    const moved = connection.rows("SELECT name FROM sqlite_schema WHERE name = 'elsewhere'", []).length > 0
    connection.close()
    if (moved) await this.#exec('ALTER TABLE elsewhere RENAME TO permits')
  }

  async dispose(): Promise<void> {
    this.#lock?.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #hold(): Promise<void> {
    this.#lock = await this.connect()
    this.#lock.run('BEGIN IMMEDIATE', [])
  }

  async #exec(sql: string): Promise<void> {
    const connection = await this.connect()
    connection.run(sql, [])
    connection.close()
  }

  /** Lets SQLite itself run out of pages in the middle of the sink's transaction. */
  #watched(connection: SqliteConnection): SqlConnection {
    return {
      run: (sql: string, values: readonly SqlValue[]) => {
        if (this.#full && sql.startsWith('INSERT INTO "permits"')) {
          connection.rows('PRAGMA max_page_count = 1', [])
          try {
            connection.run('INSERT INTO filler VALUES (zeroblob(10000000))', [])
          } finally {
            connection.rows('PRAGMA max_page_count = 1000000', [])
          }
        }
        return connection.run(sql, values)
      },
      rows: (sql, values) => connection.rows(sql, values),
      script: (sql) => connection.script(sql),
      current: () => connection.current(),
      close: () => connection.close(),
    }
  }
}
