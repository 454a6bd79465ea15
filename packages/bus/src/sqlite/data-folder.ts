import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { SyncError } from '@hms-sync/client'
import { type Database, describeFault, faultOf, openDatabase } from './driver.js'
import { lockPath, ownerPath } from './settings.js'

/** Who holds a data folder, for the message to whoever comes second. */
export interface Owner {
  readonly pid: number
  readonly host: string
  readonly since: string
}

const sqliteBusy = 5

/**
 * A data folder that this process alone owns. The lock is the operating system's, held through a small SQLite file: it
 * falls with the process, also after `kill -9`, so there is no stale lock to clear away. `owner.json` only names the holder.
 */
export class DataFolder {
  readonly path: string
  #lock: Database | null

  private constructor(path: string, lock: Database) {
    this.path = path
    this.#lock = lock
  }

  /**
   * Makes the folder where there is none (0700) and locks it.
   * @throws SyncError `data_folder_in_use` naming the process that has it; `storage_failed` when it cannot be made or written.
   */
  static open(folder: string): DataFolder {
    const path = resolve(folder)
    makeFolder(path)
    const lock = takeLock(path)
    const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
    try {
      writeFileSync(ownerPath(path), `${JSON.stringify(owner)}\n`, { mode: 0o600 })
    } catch (error) {
      // A full disk must not keep the bus from starting: then consumers could not drain.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') {
        lock.close()
        throw notWritable(path, error)
      }
    }
    return new DataFolder(path, lock)
  }

  /** May be called twice. */
  close(): void {
    if (this.#lock === null) return
    rmSync(ownerPath(this.path), { force: true })
    // The rollback lets go; a close alone waits for the garbage collector to finish the statements.
    this.#lock.exec('ROLLBACK')
    this.#lock.close()
    this.#lock = null
  }
}

function makeFolder(path: string): void {
  try {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 })
    // A power cut must not take the folder's own entry, and with it what was acknowledged.
    if (made !== undefined) syncFolder(dirname(made))
  } catch (error) {
    throw notWritable(path, error)
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function takeLock(path: string): Database {
  let lock: Database | undefined
  try {
    lock = openDatabase(lockPath(path), { busyTimeoutMs: 0 })
    // No journal: on a full disk there would be no room for one, and there is nothing to undo.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if (error instanceof SyncError) throw error
    if ((error as { errcode?: number }).errcode === sqliteBusy) throw inUse(path)
    throw notWritable(path, error)
  }
}

function inUse(path: string): SyncError {
  const owner = readOwner(path)
  const who = owner === null ? 'Another process' : `Process ${owner.pid} on ${owner.host}, since ${owner.since},`
  return new SyncError('data_folder_in_use', `${who} owns the data folder ${path}. Stop it, or choose another data folder with --data.`)
}

/** Who holds the folder, or held it last; null where nobody wrote that down. */
export function readOwner(path: string): Owner | null {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(ownerPath(path), 'utf8')) as Partial<Owner>
    return typeof pid === 'number' && typeof host === 'string' && typeof since === 'string' ? { pid, host, since } : null
  } catch {
    return null
  }
}

function notWritable(path: string, error: unknown): SyncError {
  if (faultOf(error) === 'full')
    return new SyncError('disk_full', `No room in the data folder ${path}. Free some disk space, then start again.`, { cause: error })
  return new SyncError(
    'storage_failed',
    `The data folder ${path} cannot be written (${describeFault(error)}). Make it writable for this user, or choose another one with --data.`,
    { cause: error },
  )
}
