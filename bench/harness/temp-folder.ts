import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder for one benchmark, under `HMS_SYNC_BENCH_FOLDER` or the system's. The figures of durable writes need a disk:
 * on a RAM disk a sync costs nothing.
 */
export function tempFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(process.env.HMS_SYNC_BENCH_FOLDER ?? tmpdir(), 'hms-sync-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export function isRamDisk(path: string): boolean {
  return statfsSync(path).type === tmpfsMagic
}

const tmpfsMagic = 0x01021994
