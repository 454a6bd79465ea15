import { existsSync, statSync } from 'node:fs'
import { blocking } from '../blocking.js'
import type { Row, SqlConnection, SqlValue } from '../sql/dialect.js'
import type { SqliteDatabase, SqliteLibrary, SqliteStatement } from './sqlite-library.js'

/** Prepared statements that are kept: a few forms, times the sizes of batches. */
const maxStatements = 64

const cacheKiB = 16 * 1024
/** 32 MiB of pages of 4 KiB. */
const walPages = 8_192

export interface SqliteFile {
  readonly path: string
  /** Makes the file when it is not there. */
  readonly create: boolean
}

/** One connection to a file of SQLite's. Every call ends at once: waiting for a lock is the sink's, so that the thread stays free. */
export class SqliteConnection implements SqlConnection {
  readonly #path: string
  readonly #database: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()
  readonly #inode: bigint
  #open = true

  private constructor(path: string, database: SqliteDatabase) {
    this.#path = path
    this.#database = database
    this.#inode = inodeOf(path)
  }

  /** @throws what SQLite says; Error when there is no such file and nothing says how to make it. */
  static open({ DatabaseSync }: SqliteLibrary, { path, create }: SqliteFile): SqliteConnection {
    const isNew = !existsSync(path)
    if (isNew && !create) throw new Error('there is no such file; create it, or say with create: which tables it is to have')
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      // The library's default may be lower; what is called done must outlive a power cut.
      database.exec('PRAGMA synchronous = FULL')
      // Rows and marks lie all over the file: room for them, and fewer copies of one page from the log into the file.
      database.exec(`PRAGMA cache_size = -${cacheKiB}; PRAGMA wal_autocheckpoint = ${walPages}`)
      if (isNew) database.exec('PRAGMA journal_mode = WAL')
      return new SqliteConnection(path, database)
    } catch (error) {
      database.close()
      throw error
    }
  }

  run(sql: string, values: readonly SqlValue[]): number {
    return Number(blocking(() => this.#prepared(sql).run(...values).changes))
  }

  rows(sql: string, values: readonly SqlValue[]): readonly Row[] {
    return blocking(() => this.#prepared(sql).all(...values)) as readonly Row[]
  }

  script(sql: string): void {
    blocking(() => this.#database.exec(sql))
  }

  /** False when the file was replaced or taken away: what is written to the old one, nobody would see. */
  current(): boolean {
    return this.#open && inodeOf(this.#path) === this.#inode
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#statements.clear()
    try {
      // A statement that waits for the garbage collector keeps the file open, and with it the lock of an open transaction.
      this.#database.exec('ROLLBACK')
    } catch {
      // There was none.
    }
    this.#database.close()
  }

  #prepared(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    if (this.#statements.size >= maxStatements) this.#statements.delete(this.#statements.keys().next().value!)
    this.#statements.set(sql, statement)
    return statement
  }
}

function inodeOf(path: string): bigint {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n
}
