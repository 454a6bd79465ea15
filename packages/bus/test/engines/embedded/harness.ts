import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenStorage, openStorage } from '#dist/open-storage.js'

/** A data folder that can be opened again after a clean end, or as it would be found after `kill -9`. */
export class FolderHarness {
  #root = ''
  #folder = ''
  #crashes = 0
  #open: OpenStorage[] = []

  async open(): Promise<OpenStorage> {
    this.#root = await mkdtemp(join(tmpdir(), 'hms-sync-suite-'))
    this.#folder = join(this.#root, 'data')
    return this.#openFolder()
  }

  async reopen(): Promise<OpenStorage> {
    await this.#open.at(-1)!.close()
    return this.#openFolder()
  }

  /** What the files hold at this moment, opened elsewhere: nothing that the process still had in memory is in them. */
  async crash(): Promise<OpenStorage> {
    const next = join(this.#root, `after-crash-${++this.#crashes}`)
    await mkdir(next)
    for (const file of ['bus.db', 'bus.db-wal']) await copyFile(join(this.#folder, file), join(next, file))
    this.#folder = next
    return this.#openFolder()
  }

  async dispose(): Promise<void> {
    for (const embedded of this.#open) await embedded.close()
    await rm(this.#root, { recursive: true })
  }

  async #openFolder(): Promise<OpenStorage> {
    const embedded = await openStorage({ folder: this.#folder, ballastBytes: 64 * 1024, tailBytes: 256 * 1024 })
    this.#open.push(embedded)
    return embedded
  }
}
