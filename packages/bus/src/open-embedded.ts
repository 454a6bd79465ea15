import { EmbeddedEngine, type EmbeddedOptions } from './engines/embedded/embedded-engine.js'
import { openSqlite, type Sqlite, type SqliteOptions } from './sqlite/open-sqlite.js'
import { SqliteStore } from './store/sqlite/sqlite-store.js'

export interface Embedded {
  readonly engine: EmbeddedEngine
  readonly store: SqliteStore
  readonly sqlite: Sqlite
  /** Ends reads, writes what is queued, gives the folder free. May be called twice. */
  close(): Promise<void>
}

/**
 * Opens a data folder with the log and the store in it, on one writer and one reader: acknowledgements ride in the commits of publishes.
 * @throws SyncError `data_folder_in_use`, `storage_failed`, `data_version`, `disk_full`, each naming the path and what to do.
 */
export async function openEmbedded(options: SqliteOptions & EmbeddedOptions): Promise<Embedded> {
  const sqlite = await openSqlite(options)
  try {
    const engine = await EmbeddedEngine.open(sqlite, options)
    const store = await SqliteStore.open(sqlite)
    const close = async (): Promise<void> => {
      await engine.close()
      await store.close()
      await sqlite.close()
    }
    return { engine, store, sqlite, close }
  } catch (error) {
    await sqlite.close()
    throw error
  }
}
