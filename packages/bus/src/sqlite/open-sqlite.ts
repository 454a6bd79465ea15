import { makeCheckpointSignal } from './checkpoint-signal.js'
import { Checkpointer } from './checkpointer.js'
import { DataFolder } from './data-folder.js'
import { Reader } from './reader.js'
import { databasePath, defaultSettings, type SqliteSettings } from './settings.js'
import { Writer } from './writer.js'

/** One data folder with its threads: shared by the embedded engine and the SQLite store, so that acks ride in the commits of publishes. */
export interface Sqlite {
  readonly writer: Writer
  readonly reader: Reader
  readonly settings: SqliteSettings
  /** Writes what is queued, ends the threads, gives the folder free. May be called twice. */
  close(): Promise<void>
}

export interface SqliteOptions extends Partial<SqliteSettings> {
  readonly folder: string
}

/** @throws SyncError `data_folder_in_use`, `storage_failed`, `data_version`, `disk_full`, each naming the path and what to do. */
export async function openSqlite(options: SqliteOptions): Promise<Sqlite> {
  const folder = DataFolder.open(options.folder)
  const settings: SqliteSettings = { ...defaultSettings, ...options, folder: folder.path }
  const signal = makeCheckpointSignal()
  let writer: Writer | undefined
  let reader: Reader
  try {
    writer = await Writer.open(settings, signal)
    reader = await Reader.open(databasePath(settings.folder))
  } catch (error) {
    await writer?.close()
    folder.close()
    throw error
  }
  const opened = writer
  const checkpointer = new Checkpointer(databasePath(settings.folder), signal, (message) => opened.fail(message))
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.all([reader.close(), checkpointer.close()])
    await opened.close()
    folder.close()
  }
  return { writer, reader, settings, close: () => (closing ??= close()) }
}
