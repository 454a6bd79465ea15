import { SyncError } from '@hms-sync/client'

/** What this sink uses of a SQLite library: the interface of `node:sqlite`, which `@photostructure/sqlite` has, too. */
export interface SqliteLibrary {
  readonly DatabaseSync: new (path: string, options: { readonly timeout: number }) => SqliteDatabase
}

export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

export interface SqliteStatement {
  run(...values: unknown[]): { readonly changes: number | bigint }
  all(...values: unknown[]): unknown[]
}

/** The exact version is the one that hms-sync itself is tested with. */
const install = 'npm install @photostructure/sqlite@1.2.1'
/** SQLite 3.7.0 to 3.51.2 can corrupt a file when the WAL is reset while a second connection checkpoints; a file of others has other connections. */
const leastVersion = [3, 51, 3] as const

let loaded: Promise<SqliteLibrary> | null = null

/**
 * `@photostructure/sqlite` where it is installed (it comes with hms-sync), else Node's own where its SQLite is new enough.
 * @throws SyncError `invalid_config` that says what to install.
 */
export function loadSqlite(): Promise<SqliteLibrary> {
  loaded ??= load()
  // What is installed later is found at the next try.
  loaded.catch(() => {
    loaded = null
  })
  return loaded
}

async function load(): Promise<SqliteLibrary> {
  for (const name of ['@photostructure/sqlite', 'node:sqlite']) {
    const library = await importIfThere(name)
    if (library !== null && isNewEnough(versionOf(library))) return library
  }
  throw new SyncError('invalid_config', `The SQLite sink needs a SQLite of ${leastVersion.join('.')} or later: ${install}`)
}

/** The name is a variable, so that this package builds and installs without either library. */
async function importIfThere(name: string): Promise<SqliteLibrary | null> {
  try {
    return (await import(name)) as SqliteLibrary
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNKNOWN_BUILTIN_MODULE') return null
    throw error
  }
}

function versionOf({ DatabaseSync }: SqliteLibrary): string {
  const database = new DatabaseSync(':memory:', { timeout: 0 })
  const [row] = database.prepare('SELECT sqlite_version() AS version').all()
  database.close()
  return String((row as { readonly version: unknown }).version)
}

function isNewEnough(version: string): boolean {
  const found = version.split('.').map(Number)
  for (const [i, least] of leastVersion.entries()) if (found[i] !== least) return (found[i] ?? 0) > least
  return true
}
