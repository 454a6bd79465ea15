import { type Database, openDatabase } from './driver.js'
import { databasePath, type SqliteSettings } from './settings.js'

/** Written into the file (`user_version`). Raised whenever an older bus could not read the file any more. */
export const dataVersion = 1

export const pageBytes = 8192

/** `HMSS`: tells our file from any other SQLite file. */
const applicationId = 0x484d5353

/** The file holds data that this version does not know. */
export class UnknownDataVersion extends Error {
  override readonly name = 'UnknownDataVersion'
}

/**
 * Opens the data file for writing and makes it where there is none.
 *
 * Pages of 8 KiB: seven events of 1 KiB fit where 4 KiB pages hold three, and group commit is a quarter faster (128k
 * against 101k events/s measured). Pages freed by trimming are used again by later events; the writer gives them back to
 * the file system when they are many or the disk is full.
 * @throws the driver's error; UnknownDataVersion.
 */
export function openDataFile(settings: SqliteSettings): Database {
  const path = databasePath(settings.folder)
  const database = openDatabase(path)
  try {
    database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL`)
    checkVersion(database, path)
    const mode = database.prepare('PRAGMA journal_mode = WAL').get().journal_mode
    if (mode !== 'wal')
      throw new Error(`${path} cannot use a write-ahead log (journal mode ${String(mode)}). The data folder must lie on a local disk.`)
    database.exec(`PRAGMA synchronous = ${settings.synchronous.toUpperCase()}`)
    database.exec('PRAGMA wal_autocheckpoint = 0')
    database.exec('PRAGMA cache_size = -8192')
    database.exec('PRAGMA temp_store = MEMORY')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function checkVersion(database: Database, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get().user_version)
  const id = Number(database.prepare('PRAGMA application_id').get().application_id)
  const isNew = version === 0 && id === 0 && Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get().n) === 0
  if (isNew) {
    database.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${dataVersion}; COMMIT`)
    return
  }
  if (id !== applicationId)
    throw new UnknownDataVersion(`${path} is not a data file of hms-sync. Move it away, or choose another data folder with --data.`)
  if (version !== dataVersion) {
    throw new UnknownDataVersion(
      `${path} has data version ${version}; this hms-sync reads version ${dataVersion}. Run the hms-sync that wrote it, or choose another data folder with --data.`,
    )
  }
}
