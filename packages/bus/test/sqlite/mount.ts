import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmdirSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small disk of its own, in memory. */
export interface SmallDisk {
  readonly path: string
  readOnly(): void
  unmount(): void
}

export interface Impossible {
  readonly impossible: string
}

/** Mounts a disk of so many bytes, or says why that is not possible here. */
export function mountSmallDisk(bytes: number): SmallDisk | Impossible {
  return mount(['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs'])
}

/** Makes a file that holds an empty ext4 file system, or says why not. Answers its path. */
export function makeImage(path: string, bytes: number): string | Impossible {
  try {
    writeFileSync(path, '')
    truncateSync(path, bytes)
    execFileSync('mkfs.ext4', ['-q', '-F', path], { stdio: 'pipe' })
    return path
  } catch (error) {
    return { impossible: `no ext4 image can be made here (${firstLine(error)})` }
  }
}

/** Mounts an image through a loop device, or says why not. */
export function mountImage(image: string): SmallDisk | Impossible {
  return mount(['-o', 'loop', image])
}

/** Copies what has reached the device behind the image. */
export function saveImage(image: string, to: string): void {
  copyFileSync(image, to)
}

function mount(args: readonly string[]): SmallDisk | Impossible {
  const path = mkdtempSync(join(tmpdir(), 'hms-sync-disk-'))
  try {
    execFileSync('mount', [...args, path], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(path)
    return { impossible: `mounting is not allowed here (${firstLine(error)})` }
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

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n').slice(0, 2).join(' ')
}
