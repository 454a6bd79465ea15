import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStorage } from '#dist/open-storage.js'
import type { BusStorage } from '#dist/testing/index.js'

/** The embedded engine and its store in a temporary folder. */
export async function freshEmbedded(): Promise<BusStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-'))
  return {
    open: () => openStorage({ folder }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}
