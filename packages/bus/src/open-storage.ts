import type { EmbeddedOptions } from './engines/embedded/embedded-engine.js'
import type { Engine } from './engines/engine.js'
import { openEngine } from './engines/index.js'
import { openSqlite, type Sqlite, type SqliteOptions } from './sqlite/open-sqlite.js'
import { SqliteStore } from './store/sqlite/sqlite-store.js'
import type { Store } from './store/store.js'

export interface OpenStorage {
  readonly engine: Engine
  readonly store: Store
  readonly sqlite: Sqlite
  /** Ends reads, writes what is queued, gives the folder free. May be called twice. */
  close(): Promise<void>
}

export interface StorageOptions extends SqliteOptions, EmbeddedOptions {
  /** What the setting `engine` says. Default `embedded`. */
  readonly engine?: string
}

/**
 * Opens a data folder: the store, and the engine that the setting names. The embedded engine lies in the same file, on the
 * same writer and reader, so that acknowledgements ride in the commits of publishes.
 * @throws SyncError `data_folder_in_use`, `storage_failed`, `data_version`, `disk_full`, each naming the path and what to do;
 * `not_supported_yet`, `invalid_config` for another engine.
 */
export async function openStorage({ engine: url = 'embedded', tailBytes, ...options }: StorageOptions): Promise<OpenStorage> {
  const sqlite = await openSqlite(options)
  try {
    const engine = await openEngine(url, { sqlite, ...(tailBytes === undefined ? {} : { tailBytes }) })
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
