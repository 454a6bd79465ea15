import { Worker } from 'node:worker_threads'
import { SyncError } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import { passOnLines } from './printed-lines.js'
import { type FromWorker, type Loaded, mappingAdapter, mappingSlot, type ToWorker, type WorkerSetup } from './protocol.js'
import { Watchdog } from './watchdog.js'
import { describeDeath } from './worker/describe-error.js'

/** Bounds of an adapter's worker. */
export interface ThreadLimits {
  /** Without a sign of life for so long, a worker is ended. */
  readonly watchdogMs: number
  /** A file that is not loaded by then has failed. */
  readonly loadTimeoutMs: number
  /** Of JavaScript objects, in MiB. */
  readonly maxHeapMiB: number
}

export interface ThreadOptions {
  readonly clock: Clock
  readonly limits: ThreadLimits
  /** The project folder's variables, with its `.env`. */
  readonly environment: Readonly<Record<string, string>>
  onOutcomes(id: number, done: readonly number[], others: Extract<FromWorker, { op: 'outcomes' }>['others']): void
  readonly onPrinted: (line: string) => void
  /** Once, when the worker is over without having been closed. `mapping`: the delivery whose map was running, where that is known. */
  onDeath(reason: string, mapping: { readonly id: number; readonly slot: number } | null): void
}

interface Loading {
  readonly resolve: (loaded: Loaded) => void
  readonly reject: (error: Error) => void
}

/** A worker thread that runs adapters, seen from the main thread. Operator's code runs there and nowhere else. */
export class AdapterThread {
  readonly #worker: Worker
  readonly #watchdog: Watchdog
  readonly #options: ThreadOptions
  readonly #loading = new Map<number, Loading>()
  #nextId = 1
  #over = false

  constructor(options: ThreadOptions) {
    this.#options = options
    const { clock, limits } = options
    this.#watchdog = new Watchdog(clock, limits.watchdogMs, () =>
      this.#die(`did not come back for ${limits.watchdogMs} ms: its code loops without end, or blocks`),
    )
    const setup: WorkerSetup = { pulse: this.#watchdog.pulse, beatMs: this.#watchdog.beatMs }
    this.#worker = new Worker(new URL('./worker/adapter-worker.js', import.meta.url), {
      workerData: setup,
      env: { ...options.environment },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMiB },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#die(describeDeath(error, limits.maxHeapMiB)))
    this.#worker.on('exit', (code) => this.#die(`called process.exit(${code})`))
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) passOnLines(stream, clock, options.onPrinted)
  }

  /** Loads an adapter file. The id is what `deliver` takes. @throws SyncError `adapter_failed` whose message names file, place and what to write. */
  async load(name: string, path: string): Promise<{ readonly id: number; readonly loaded: Loaded }> {
    const id = this.#nextId++
    const { limits, clock } = this.#options
    const timer = clock.after(limits.loadTimeoutMs, () =>
      this.#settle(id, ({ reject }) =>
        reject(
          new SyncError(
            'adapter_failed',
            `${path} was not loaded within ${limits.loadTimeoutMs} ms: does it await something that never comes?`,
          ),
        ),
      ),
    )
    try {
      const loaded = await new Promise<Loaded>((resolve, reject) => {
        this.#loading.set(id, { resolve, reject })
        if (this.#over) this.#settle(id, (loading) => loading.reject(new SyncError('adapter_failed', `The worker for ${path} is over.`)))
        else this.#post({ op: 'load', id, name, path })
      })
      return { id, loaded }
    } finally {
      timer.cancel()
    }
  }

  unload(id: number): void {
    this.#post({ op: 'unload', id })
  }

  /** Slot, attempt and event text in turn, for each delivery. */
  deliver(id: number, items: readonly (number | string)[]): void {
    this.#post({ op: 'deliver', id, items })
  }

  /** Ends the worker at once. What is under way is not waited for. May be called twice. */
  async close(): Promise<void> {
    this.#end()
    await this.#worker.terminate()
  }

  #post(message: ToWorker): void {
    if (!this.#over) this.#worker.postMessage(message)
  }

  #receive(message: FromWorker): void {
    if (this.#over) return
    if (message.op === 'outcomes') this.#options.onOutcomes(message.id, message.done, message.others)
    else if (message.op === 'loaded') this.#settle(message.id, ({ resolve }) => resolve(message.adapter))
    else this.#settle(message.id, ({ reject }) => reject(new SyncError('adapter_failed', message.reason)))
  }

  #settle(id: number, end: (loading: Loading) => void): void {
    const loading = this.#loading.get(id)
    this.#loading.delete(id)
    if (loading !== undefined) end(loading)
  }

  #die(reason: string): void {
    if (this.#over) return
    const { pulse } = this.#watchdog
    const slot = Atomics.load(pulse, mappingSlot)
    const mapping = slot === 0 ? null : { id: Atomics.load(pulse, mappingAdapter), slot: slot - 1 }
    this.#end()
    for (const id of [...this.#loading.keys()])
      this.#settle(id, ({ reject }) => reject(new SyncError('adapter_failed', `While it was loaded it ${reason}.`)))
    void this.#worker.terminate()
    this.#options.onDeath(reason, mapping)
  }

  #end(): void {
    this.#over = true
    this.#watchdog.stop()
  }
}
