import { basename } from 'node:path'
import { printable } from '../../printable.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../sink.js'
import { Turns } from '../turns.js'
import { type Disk, realDisk } from './disk.js'
import { fileName, stem } from './file-name.js'
import type { FileSettings } from './file-options.js'
import { LineRefused } from './line-format.js'
import { AppendFailed, OpenPart } from './open-part.js'

const maxReasonCharacters = 1_000
/** When a file could not be given its name, it is tried again after this. */
const rotateAgainMs = 10_000
/** A disk that does not answer holds nobody up at the end. */
const closeWithinMs = 1_000

export interface FileSinkParts {
  readonly disk: Disk
  readonly now: () => number
}

/** Lines into a hidden part, which gets a name when it is whole. One append a call, synced before it is done. */
export class FileSink implements Sink {
  readonly kind = 'file'
  readonly target: string
  /** By the keys of the last 50,000 events, which are kept beside the part. */
  readonly effect = 'idempotent'
  readonly maxBatch = 256
  readonly concurrency = 1
  readonly timeoutMs: number
  readonly #settings: FileSettings
  readonly #parts: FileSinkParts
  #part: OpenPart | null = null
  #timer: NodeJS.Timeout | undefined
  readonly #turns = new Turns()
  readonly #stop = new AbortController()
  /** What an event became, for its history. */
  readonly #done: SinkOutcome
  #adapter = ''

  constructor(settings: FileSettings, parts: FileSinkParts = { disk: realDisk, now: Date.now }) {
    this.target = settings.folder
    this.#done = { outcome: 'done', detail: { request: `APPEND TO ${basename(settings.folder)}` } }
    this.timeoutMs = settings.timeoutMs
    this.#settings = settings
    this.#parts = parts
  }

  async apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    if (deliveries.length === 0) return []
    const work = this.#turns.run(() => this.#apply(deliveries, signal)).catch((error: unknown) => this.#notNow(error, deliveries))
    return this.#unlessLate(work, deliveries, signal)
  }

  describe({ value, adapter = 'adapter' }: SinkDelivery): string {
    const { format, name } = this.#settings
    return `${this.target}, a line of ${fileName(name, { adapter, at: this.#parts.now(), number: 1 })}.${format.extension}\n${format.line(value).trimEnd()}`
  }

  async close(): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#timer)
    const closed = this.#turns.run(() => this.#closePart())
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref())])
  }

  async #apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    if (signal.aborted || this.#stop.signal.aborted) throw new Error('the adapter was stopped; nothing was written')
    this.#adapter = deliveries[0]!.adapter ?? ''
    const part = await this.#open()
    const lines = new Map<string, string>()
    const outcomes = deliveries.map((delivery): SinkOutcome => {
      const { idempotencyKey } = delivery
      if (part.has(idempotencyKey) || lines.has(idempotencyKey)) return this.#done
      try {
        lines.set(idempotencyKey, this.#settings.format.line(delivery.value))
        return this.#done
      } catch (error) {
        if (!(error instanceof LineRefused)) throw error
        return { outcome: 'refused', reason: this.#says(error.message) }
      }
    })
    if (lines.size > 0) await part.append([...lines.values()], [...lines.keys()], this.#parts.now())
    await this.#rotateWhenDue()
    return outcomes
  }

  /** The part to write to. */
  async #open(): Promise<OpenPart> {
    const open = this.#part
    if (open !== null && (await open.isCurrent())) return open
    await this.#closePart()
    const { folder, name, format } = this.#settings
    const nameOf = (of: { readonly at: number; readonly number: number }): string =>
      `${fileName(name, { adapter: this.#adapter, ...of })}.${format.extension}`
    this.#part = await OpenPart.open({ folder, stem: stem(name, this.#adapter), format, nameOf, disk: this.#parts.disk })
    return this.#part
  }

  /** What cannot get its name now gets it later: its events are written all the same. */
  async #rotateWhenDue(): Promise<void> {
    const part = this.#part
    if (part === null || part.firstAt === null) return
    const { everyMs, maxBytes, maxEvents } = this.#settings
    const leftMs = part.firstAt + everyMs - this.#parts.now()
    if (leftMs > 0 && part.bytes < maxBytes && part.events < maxEvents) return this.#wakeIn(leftMs)
    try {
      this.#part = null
      this.#part = await part.rotate()
    } catch {
      await part.close().catch(() => {})
      this.#wakeIn(rotateAgainMs)
    }
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#stop.signal.aborted) return
    // A longer wait would overflow; it is looked at again then.
    this.#timer = setTimeout(() => void this.#turns.run(() => this.#rotateLater()), Math.min(ms, 2 ** 31 - 1))
    this.#timer.unref()
  }

  async #rotateLater(): Promise<void> {
    try {
      await this.#open()
      await this.#rotateWhenDue()
    } catch {
      this.#wakeIn(rotateAgainMs)
    }
  }

  async #closePart(): Promise<void> {
    const part = this.#part
    this.#part = null
    await part?.close().catch(() => {})
  }

  /** The folder cannot take anything now: every event waits with it. What was begun is cut off when the part is opened again. */
  async #notNow(error: unknown, deliveries: readonly SinkDelivery[]): Promise<readonly SinkOutcome[]> {
    await this.#turns.run(() => this.#closePart())
    const reason = this.#says((error as Error).message)
    const outcome: SinkOutcome =
      error instanceof AppendFailed && error.inDoubt
        ? { outcome: 'unknown', reason: `${reason}; it may have been written`, detail: { errorClass: 'sink' } }
        : { outcome: 'retry', scope: 'target', reason, detail: { errorClass: 'sink' } }
    return deliveries.map(() => outcome)
  }

  /** A disk over the network may never come back, and nobody should wait for it. */
  #unlessLate(
    work: Promise<readonly SinkOutcome[]>,
    deliveries: readonly SinkDelivery[],
    signal: AbortSignal,
  ): Promise<readonly SinkOutcome[]> {
    const stops = [signal, this.#stop.signal]
    return new Promise((resolve) => {
      const giveUp = (): void => {
        const reason = this.#says('the disk did not answer in time; it may have been written')
        // What is about to say so itself, because it was not begun, comes first.
        setImmediate(() => resolve(deliveries.map(() => ({ outcome: 'unknown', reason, detail: { errorClass: 'timeout' } }))))
      }
      const timer = setTimeout(giveUp, this.timeoutMs)
      for (const stop of stops) stop.addEventListener('abort', giveUp, { once: true })
      void work.then((outcomes) => {
        clearTimeout(timer)
        for (const stop of stops) stop.removeEventListener('abort', giveUp)
        resolve(outcomes)
      })
    })
  }

  #says(message: string): string {
    return printable(`${this.target}: ${message}`, maxReasonCharacters)
  }
}
