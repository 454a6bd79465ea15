import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { Collected } from '#dist/faults.js'
import { realDisk } from '#dist/sinks/file/disk.js'
import { readFileOptions } from '#dist/sinks/file/file-options.js'
import { FileSink } from '#dist/sinks/file/file-sink.js'
import { readPartState } from '#dist/sinks/file/part-state.js'
import type { SinkHarness, SinkValue } from '#dist/testing/index.js'
import type { Sink } from '../../src/sink.js'
import type { Disk } from '../../src/sinks/file/disk.js'
import type { FileOptions } from '../../src/sinks/file/file-options.js'

type Trouble = 'full' | 'log' | 'hangs' | 'slow'

const noNetwork = { impossible: 'a disk gives no answers that could be late, half or wrong' }

/** The file sink in a real folder, on a disk that can fill up, fail and hang. */
export class FileHarness implements SinkHarness {
  readonly secrets = []
  readonly refusesBadText = { impossible: 'a file takes every text' }
  readonly folder = mkdtempSync(join(tmpdir(), 'file-sink-'))
  readonly #options: Omit<FileOptions, 'folder'>
  #trouble: Trouble | null = null
  #syncs = 0
  #hanging: (() => void)[] = []

  constructor(options: Omit<FileOptions, 'folder'>) {
    this.#options = options
  }

  readonly troubles: SinkHarness['troubles'] = {
    asks_to_wait: noNetwork,
    overloaded: noNetwork,
    refuses_connections: noNetwork,
    refuses_credentials: noNetwork,
    fails_once: noNetwork,
    resets_before: noNetwork,
    applies_then_resets: () => this.#enter('log'),
    applies_then_hangs: noNetwork,
    hangs: () => this.#enter('hangs'),
    slow: () => this.#enter('slow'),
    truncates: noNetwork,
    wrong_type: noNetwork,
    babbles: noNetwork,
    locked: { impossible: 'a file that is open is not locked' },
    full: () => this.#enter('full'),
    gone: () => renameSync(this.folder, `${this.folder}-away`),
  }

  async open(): Promise<Sink> {
    return this.reopen()
  }

  async reopen(): Promise<Sink> {
    const collected = new Collected()
    const settings = readFileOptions({ folder: this.folder, name: 'permits', timeoutMs: 800, ...this.#options }, '', collected)
    collected.throwIfAny('the harness')
    return new FileSink(settings!, { disk: this.#disk, now: Date.now })
  }

  async effects(): Promise<readonly SinkValue[]> {
    const seen = this.visible().flatMap((name) => this.#read(readFileSync(join(this.folder, name))))
    const path = join(this.folder, '.permits.state')
    if (!existsSync(path)) return seen
    const state = readPartState(readFileSync(path, 'utf8'))!
    const part = join(this.folder, `.permits.${String(state.head.number).padStart(6, '0')}.part`)
    return existsSync(part) ? [...seen, ...this.#read(readFileSync(part).subarray(0, state.end))] : seen
  }

  /** The files that have their names, in their order. */
  visible(): readonly string[] {
    return readdirSync(this.folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
  }

  async mend(): Promise<void> {
    this.#trouble = null
    if (existsSync(`${this.folder}-away`)) renameSync(`${this.folder}-away`, this.folder)
    for (const go of this.#hanging.splice(0)) go()
  }

  async dispose(): Promise<void> {
    await this.mend()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #enter(trouble: Trouble): void {
    this.#trouble = trouble
    this.#syncs = 0
  }

  #read(bytes: Buffer): SinkValue[] {
    const text = bytes.toString('utf8')
    if (this.#options.format === 'csv') return parse<SinkValue>(text, { columns: true, record_delimiter: '\r\n' })
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SinkValue)
  }

  readonly #disk: Disk = {
    write: async (file: FileHandle, bytes: Buffer, position: number) => {
      if (this.#trouble !== 'full') return realDisk.write(file, bytes, position)
      // As a disk does: what fits is written, the rest is not.
      await realDisk.write(file, bytes.subarray(0, bytes.length / 2), position)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    },
    sync: async (file: FileHandle) => {
      await realDisk.sync(file)
      if (this.#trouble === 'log' && ++this.#syncs === 2) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
      if (this.#trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, 100))
      if (this.#trouble === 'hangs') await new Promise<void>((resolve) => this.#hanging.push(resolve))
    },
  }
}
