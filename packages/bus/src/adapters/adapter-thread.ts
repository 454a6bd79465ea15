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

export const defaultThreadLimits: ThreadLimits = { watchdogMs: 5_000, loadTimeoutMs: 20_000, maxHeapMiB: 256 }

/** Half of V8's own: 13 MB less an adapter at work, and deliveries as fast (measured). */
const maxYoungMiB = 24

export interface ThreadOptions {
  readonly clock: Clock
  readonly limits: ThreadLimits
  /** The project folder's variables, with its `.env`. */
  readonly environment: Readonly<Record<string, string>>
  onOutcomes(outcomes: Extract<FromWorker, { op: 'outcomes' }>): void
  readonly onPrinted: (line: string) => void
  /** Once, when the worker is over without having been closed. `mapping`: the delivery whose map was running, where that is known. */
  onDeath(reason: string, mapping: { readonly id: number; readonly slot: number } | null): void
}

interface Waiting<T> {
  readonly resolve: (answer: T) => void
  readonly reject: (error: Error) => void
}

type Tests = Extract<FromWorker, { op: 'tested' }>['tests']

/** A worker thread that runs adapters, seen from the main thread. Operator's code runs there and nowhere else. */
export class AdapterThread {
  readonly #worker: Worker
  readonly #watchdog: Watchdog
  readonly #options: ThreadOptions
  readonly #loading = new Map<number, Waiting<Loaded>>()
  readonly #testing = new Map<number, Waiting<Tests>>()
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
      resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMiB, maxYoungGenerationSizeMb: maxYoungMiB },
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
      settle(this.#loading, id, ({ reject }) =>
        reject(failed(`${path} was not loaded within ${limits.loadTimeoutMs} ms: does it await something that never comes?`)),
      ),
    )
    try {
      const loaded = await new Promise<Loaded>((resolve, reject) => {
        this.#loading.set(id, { resolve, reject })
        if (this.#over) settle(this.#loading, id, (loading) => loading.reject(failed(`The worker for ${path} is over.`)))
        else this.#post({ op: 'load', id, name, path })
      })
      return { id, loaded }
    } finally {
      timer.cancel()
    }
  }

  /** Adapters that are loaded from now on find these variables, and no others. */
  setEnvironment(values: Readonly<Record<string, string>>): void {
    this.#post({ op: 'environment', values })
  }

  unload(id: number): void {
    this.#post({ op: 'unload', id })
  }

  /** Slot, attempt and event text in turn, for each delivery. */
  deliver(id: number, items: readonly (number | string)[]): void {
    this.#post({ op: 'deliver', id, items })
  }

  /** What would be sent for these events, each a JSON text. @throws SyncError `adapter_failed` when the worker ends meanwhile. */
  test(id: number, events: readonly string[]): Promise<Tests> {
    const ref = this.#nextId++
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(failed('The adapter’s worker is over.'))
      this.#testing.set(ref, { resolve, reject })
      this.#post({ op: 'test', id, ref, events })
    })
  }

  /** Ends the worker at once. What is under way is not waited for. May be called twice. */
  async close(): Promise<void> {
    this.#end()
    for (const ref of [...this.#testing.keys()])
      settle(this.#testing, ref, ({ reject }) => reject(failed('The adapter was ended while it was tested.')))
    await this.#worker.terminate()
  }

  #post(message: ToWorker): void {
    if (!this.#over) this.#worker.postMessage(message)
  }

  #receive(message: FromWorker): void {
    if (this.#over) return
    if (message.op === 'outcomes') this.#options.onOutcomes(message)
    else if (message.op === 'tested') settle(this.#testing, message.ref, ({ resolve }) => resolve(message.tests))
    else if (message.op === 'loaded') settle(this.#loading, message.id, ({ resolve }) => resolve(message.adapter))
    else settle(this.#loading, message.id, ({ reject }) => reject(failed(message.reason)))
  }

  #die(reason: string): void {
    if (this.#over) return
    const { pulse } = this.#watchdog
    const slot = Atomics.load(pulse, mappingSlot)
    const mapping = slot === 0 ? null : { id: Atomics.load(pulse, mappingAdapter), slot: slot - 1 }
    this.#end()
    for (const id of [...this.#loading.keys()])
      settle(this.#loading, id, ({ reject }) => reject(failed(`While it was loaded it ${reason}.`)))
    for (const ref of [...this.#testing.keys()])
      settle(this.#testing, ref, ({ reject }) => reject(failed(`While it was tested it ${reason}.`)))
    void this.#worker.terminate()
    this.#options.onDeath(reason, mapping)
  }

  #end(): void {
    this.#over = true
    this.#watchdog.stop()
  }
}

function settle<T>(waiting: Map<number, Waiting<T>>, ref: number, end: (one: Waiting<T>) => void): void {
  const one = waiting.get(ref)
  waiting.delete(ref)
  if (one !== undefined) end(one)
}

function failed(reason: string): SyncError {
  return new SyncError('adapter_failed', reason)
}
