import type { Dirent } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import type { ConfigFault } from './config.js'
import { faultOfPlace } from './config-error.js'

/**
 * The text of a file of the project: null when there is none, a fault when it is too large, not UTF-8 or not readable. `shown` is its name
 * in the fault. Never reads more than `maxBytes`.
 */
export async function readOptionalFile(path: string, shown: string, maxBytes: number): Promise<string | null | ConfigFault> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const buffer = Buffer.alloc(Math.min((await file.stat()).size, maxBytes) + 1)
    let length = 0
    for (let more = 1; more > 0 && length < buffer.length; length += more) {
      more = (await file.read(buffer, length, buffer.length - length)).bytesRead
    }
    if (length > maxBytes) return faultOfPlace(shown, '', `The file is larger than ${maxBytes / 1_024} KiB. Make it smaller.`)
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length))
  } catch (error) {
    return faultOf(error as NodeJS.ErrnoException, shown)
  } finally {
    await file?.close()
  }
}

/** The same for a file that was seen a moment ago. */
export async function readTextFile(path: string, shown: string, maxBytes: number): Promise<string | ConfigFault> {
  return (await readOptionalFile(path, shown, maxBytes)) ?? faultOfPlace(shown, '', 'The file is gone.')
}

/** What lies in a folder, by name; empty when there is no such folder. */
export async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

function faultOf(error: NodeJS.ErrnoException, shown: string): ConfigFault | null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return faultOfPlace(shown, '', 'The file is not UTF-8. Save it as UTF-8.')
  if (error.code === undefined) throw error
  return faultOfPlace(shown, '', `The file cannot be read (${error.code}). Check that it is a file and who may read it.`)
}
