import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SyncError } from '@hms-sync/client'
import type { CheckpointSignal } from './checkpoint-signal.js'
import { type FromWriter, type Job, type JobFault, type Many, type Prepared, toWire, type WireJob, type WireStatement } from './job.js'
import { databasePath, type SqliteSettings, threadLimits } from './settings.js'

/** Hears what became of a job: null when it is durable. Called in the order of the writes. */
export type Settled = (error: SyncError | null) => void

interface Pending {
  readonly settled: Settled
  readonly bytes: number
}

/**
 * The main side of the one thread that writes. Jobs are durable when they settle, and settle in the order they were
 * written; jobs of one tick travel in one message.
 */
export class Writer {
  readonly #settings: SqliteSettings
  readonly #worker: Worker
  readonly #exited: Promise<unknown>
  readonly #pending: Pending[] = []
  readonly #committed = new Set<() => void>()
  #sql: WireStatement[] = []
  #outgoing: WireJob[] = []
  #statements = 0
  #queuedBytes = 0
  #flushing: 'at once' | 'this turn' | null = null
  #failure: string | null = null
  #diskFull = false
  #closing: Promise<void> | null = null

  private constructor(settings: SqliteSettings, worker: Worker, exited: Promise<unknown>) {
    this.#exited = exited
    this.#settings = settings
    this.#worker = worker
  }

  /** @throws SyncError `storage_failed`, `data_version`, `disk_full` when the file cannot be opened or made. */
  static async open(settings: SqliteSettings, signal: CheckpointSignal): Promise<Writer> {
    const worker = new Worker(new URL('./writer-thread.js', import.meta.url), {
      workerData: { settings, signal },
      resourceLimits: threadLimits,
    })
    const exited = once(worker, 'exit').catch(() => {})
    const [first] = (await once(worker, 'message')) as [FromWriter]
    if ('refused' in first) {
      await exited
      throw new SyncError(first.refused.code, openingFault(databasePath(settings.folder), first.refused.code, first.refused.message))
    }
    const writer = new Writer(settings, worker, exited)
    worker.on('message', (message: FromWriter) => writer.#onMessage(message))
    worker.on('error', (error: Error) => writer.#onDeath(error.message))
    worker.on('exit', () => writer.#onDeath('it ended'))
    return writer
  }

  /** Why nothing can be written any more; null while all is well. A full disk is not a failure: it passes. */
  get failure(): string | null {
    return this.#failure
  }

  get diskFull(): boolean {
    return this.#diskFull
  }

  /** Makes a statement known, once, for as many jobs as there will be. `many` takes the values of so many rows, one after the other. */
  prepare(sql: string, width: number, many: Many | null = null): Prepared {
    const number = this.#statements++
    this.#sql.push([number, sql, many])
    return { number, width }
  }

  /** Hears of each commit after its jobs have settled, once a commit. Answers how to stop. */
  onCommitted(heard: () => void): () => void {
    this.#committed.add(heard)
    return () => this.#committed.delete(heard)
  }

  /** Resolves when the job is durable. @throws SyncError as `write`. */
  commit(job: Job): Promise<void> {
    return new Promise((resolve, reject) => this.write(job, (error) => (error === null ? resolve() : reject(error))))
  }

  /**
   * Queues a job; `settled` hears of it once. Its error is `disk_full`, `storage_failed`, `overloaded` or `shutting_down`: not
   * written; or `unknown_outcome`: perhaps written.
   */
  write(job: Job, settled: Settled): void {
    const refusal = this.#refusal(job)
    if (refusal !== null) {
      settled(refusal)
      return
    }
    this.#pending.push({ settled, bytes: job.bytes })
    this.#queuedBytes += job.bytes
    this.#outgoing.push(toWire(job))
    this.#scheduleFlush(job)
  }

  /** Fails everything from now on. For a disk fault that was noticed elsewhere. */
  fail(message: string): void {
    this.#failure ??= message
  }

  /** Writes what is queued, moves the log into the file and ends the thread. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#flush()
    this.#worker.postMessage({ close: true })
    await this.#exited
  }

  #refusal(job: Job): SyncError | null {
    if (this.#closing !== null) return new SyncError('shutting_down', 'The storage is closing.')
    if (this.#failure !== null) return this.#failed(this.#failure)
    // Progress may queue further than events: it is what drains.
    const times = job.grows ? 1 : 2
    const { maxQueuedBytes, maxQueuedJobs } = this.#settings
    const tooMuch = this.#pending.length >= times * maxQueuedJobs || this.#queuedBytes + job.bytes > times * maxQueuedBytes
    if (!tooMuch || this.#pending.length === 0) return null
    return new SyncError(
      'overloaded',
      `${this.#pending.length} writes (${this.#queuedBytes} bytes) wait for the disk already. Try again in a moment.`,
    )
  }

  /** An idle writer starts at once, and events were gathered before they came here. Other work has time: all that this turn of the loop brings travels together. */
  #scheduleFlush(job: Job): void {
    const atOnce = job.grows || this.#pending.length === this.#outgoing.length
    if (this.#flushing === 'at once' || (this.#flushing !== null && !atOnce)) return
    this.#flushing = atOnce ? 'at once' : 'this turn'
    if (atOnce) queueMicrotask(() => this.#flush())
    else setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = null
    if (this.#outgoing.length === 0) return
    this.#worker.postMessage({ sql: this.#sql, jobs: this.#outgoing })
    this.#sql = []
    this.#outgoing = []
  }

  #onMessage(message: FromWriter): void {
    if (!('answered' in message)) return
    this.#diskFull = message.diskFull
    const faults = new Map(message.faults.map((fault) => [fault.index, fault]))
    for (const [index, { settled, bytes }] of this.#pending.splice(0, message.answered).entries()) {
      this.#queuedBytes -= bytes
      const fault = faults.get(index)
      settled(fault === undefined ? null : this.#toError(fault))
    }
    for (const heard of this.#committed) heard()
  }

  #toError(fault: JobFault): SyncError {
    const path = databasePath(this.#settings.folder)
    if (fault.kind === 'full') {
      return new SyncError('disk_full', `No room left for ${path}. Free some disk space; publishing resumes by itself.`)
    }
    if (fault.kind === 'other') return new SyncError('internal', `A write to ${path} failed: ${fault.message}`)
    this.#failure ??= fault.message
    if (fault.kind === 'unknown') {
      return new SyncError(
        'unknown_outcome',
        `Writing ${path} failed at the disk (${fault.message}); the write may be found after a restart.`,
      )
    }
    return this.#failed(fault.message)
  }

  #failed(message: string): SyncError {
    return new SyncError(
      'storage_failed',
      `${databasePath(this.#settings.folder)} cannot be written (${message}). Nothing is accepted any more. Check the disk, then restart the bus.`,
    )
  }

  #onDeath(reason: string): void {
    if (this.#closing !== null && this.#pending.length === 0) return
    this.#failure ??= `the writer thread died: ${reason}`
    const error = new SyncError('unknown_outcome', `The writer thread died (${reason}); whether the write is stored shows after a restart.`)
    for (const { settled } of this.#pending.splice(0)) settled(error)
    for (const heard of this.#committed) heard()
  }
}

function openingFault(path: string, code: string, message: string): string {
  if (code === 'data_version') return message
  if (code === 'disk_full') return `No room to open ${path}. Free some disk space, then start again.`
  const advice =
    message.includes('READONLY') || message.includes('CANTOPEN')
      ? 'Make the data folder writable for this user, or choose another one with --data.'
      : 'Restore the data folder from a backup, or move it away to start empty.'
  return `${path} cannot be opened (${message}). ${advice}`
}
