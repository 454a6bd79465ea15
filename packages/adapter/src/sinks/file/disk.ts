import { type FileHandle, open } from 'node:fs/promises'

/** The two calls that can fail halfway, apart from the rest so that tests can let them. */
export interface Disk {
  /** Writes all of it at this place. */
  write(file: FileHandle, bytes: Buffer, position: number): Promise<void>
  /** Resolves when what was written outlives a power cut. */
  sync(file: FileHandle): Promise<void>
}

export const realDisk: Disk = {
  async write(file, bytes, position) {
    for (let written = 0; written < bytes.length; )
      written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten
  },
  sync: (file) => file.sync(),
}

/** Makes names durable: new ones, and those that were changed. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some systems cannot sync a folder, and need not.
    if (!['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await handle.close()
  }
}
