import { readdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Owner, readOwner } from './data-folder.js'
import { openDatabase } from './driver.js'

/** A data folder seen from outside, without opening or locking it. */
export interface DataFolderState {
  readonly exists: boolean
  readonly bytes: number
  /** Who wrote its name last; `alive` false: that process is gone and the lock with it. */
  readonly owner: (Owner & { readonly alive: boolean }) | null
}

/** Reads only; safe beside a running bus. @throws the file system's error when the folder may not be read. */
export async function inspectDataFolder(path: string): Promise<DataFolderState> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (names === null) return { exists: false, bytes: 0, owner: null }
  // A file may go between the two calls; then it has no size.
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  const owner = readOwner(path)
  return {
    exists: true,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    owner: owner === null ? null : { ...owner, alive: isAlive(owner) },
  }
}

/** The version of the SQLite that this installation would use. */
export function sqliteVersion(): string {
  const database = openDatabase(':memory:')
  try {
    return String(database.prepare('SELECT sqlite_version() AS version').get().version)
  } finally {
    database.close()
  }
}

/** Another machine's process cannot be asked; it counts as alive. */
function isAlive({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
