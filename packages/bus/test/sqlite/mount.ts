import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small disk of its own, in memory. */
export interface SmallDisk {
  readonly path: string
  readOnly(): void
  unmount(): void
}

/** Mounts a disk of so many bytes, or says why that is not possible here. */
export function mountSmallDisk(bytes: number): SmallDisk | { readonly impossible: string } {
  const path = mkdtempSync(join(tmpdir(), 'hms-sync-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(path)
    return { impossible: `mounting is not allowed here (${(error as Error).message.split('\n')[0]})` }
  }
  return {
    path,
    readOnly: () => void execFileSync('mount', ['-o', 'remount,ro', path], { stdio: 'pipe' }),
    unmount: () => {
      execFileSync('umount', [path], { stdio: 'pipe' })
      rmdirSync(path)
    },
  }
}
