import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { SyncError } from '@hms-sync/client'
import type { Value } from './driver.js'
import type { FromReader, Rows } from './query.js'
import { threadLimits } from './settings.js'

export interface Question {
  readonly statement: number
  readonly args: readonly Value[]
  /** Ends the answer after so many rows, or after the row that reaches so many bytes. */
  readonly maxRows: number
  readonly maxBytes: number
  /** Who asks: callers take turns, however many questions one of them has. */
  readonly caller: object
  readonly signal?: AbortSignal
}

interface Waiting {
  readonly question: Question
  readonly resolve: (rows: Rows) => void
  readonly reject: (error: unknown) => void
}

/** The thread has one to work on and one at hand. */
const maxOutstanding = 2
const maxWaiting = 50_000

/** The main side of the thread that reads. Sees what is committed. */
export class Reader {
  readonly #path: string
  readonly #worker: Worker
  readonly #exited: Promise<unknown>
  readonly #callers = new Map<object, Waiting[]>()
  /** As many as the thread has, oldest first: it answers in order. */
  readonly #outstanding: Waiting[] = []
  #sql: [number, string][] = []
  #statements = 0
  #waiting = 0
  #failure: string | null = null
  #closing: Promise<void> | null = null

  private constructor(path: string, worker: Worker, exited: Promise<unknown>) {
    this.#exited = exited
    this.#path = path
    this.#worker = worker
  }

  /** @throws SyncError `storage_failed`. */
  static async open(path: string): Promise<Reader> {
    const worker = new Worker(new URL('./reader-thread.js', import.meta.url), { workerData: { path }, resourceLimits: threadLimits })
    const exited = once(worker, 'exit').catch(() => {})
    try {
      await once(worker, 'message')
    } catch (error) {
      throw new SyncError('storage_failed', `${path} cannot be read: ${(error as Error).message}`, { cause: error })
    }
    const reader = new Reader(path, worker, exited)
    worker.on('message', (message: FromReader) => reader.#onMessage(message))
    worker.on('error', (error: Error) => reader.#onDeath(error.message))
    worker.on('exit', () => reader.#onDeath('it ended'))
    return reader
  }

  prepare(sql: string): number {
    const number = this.#statements++
    this.#sql.push([number, sql])
    return number
  }

  /** @throws SyncError `storage_failed`, `overloaded`, `shutting_down`; the signal's reason when it aborts before the answer. */
  ask(question: Question): Promise<Rows> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal()
      if (refusal !== null) return reject(refusal)
      if (question.signal?.aborted === true) return reject(question.signal.reason)
      const queue = this.#callers.get(question.caller)
      const waiting = { question, resolve, reject }
      if (queue === undefined) this.#callers.set(question.caller, [waiting])
      else queue.push(waiting)
      this.#waiting++
      this.#send()
    })
  }

  /** Refuses what waits and ends the thread. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#rejectAll(new SyncError('shutting_down', 'The storage is closing.'))
    this.#worker.postMessage({ close: true })
    await this.#exited
  }

  #refusal(): SyncError | null {
    if (this.#closing !== null) return new SyncError('shutting_down', 'The storage is closing.')
    if (this.#failure !== null) return new SyncError('storage_failed', `${this.#path} cannot be read: ${this.#failure}`)
    if (this.#waiting >= maxWaiting)
      return new SyncError('overloaded', `${this.#waiting} reads wait for the disk already. Try again in a moment.`)
    return null
  }

  /** Takes one question of each caller in turn: the caller served last goes to the end. */
  #send(): void {
    while (this.#outstanding.length < maxOutstanding) {
      const first = this.#callers.entries().next()
      if (first.done === true) return
      const [caller, queue] = first.value
      const waiting = queue.shift()!
      this.#waiting--
      this.#callers.delete(caller)
      if (queue.length > 0) this.#callers.set(caller, queue)
      this.#post(waiting)
    }
  }

  #post(waiting: Waiting): void {
    const { question, reject } = waiting
    if (question.signal?.aborted === true) {
      reject(question.signal.reason)
      return
    }
    this.#outstanding.push(waiting)
    this.#worker.postMessage({ sql: this.#sql, queries: [[question.statement, question.args, question.maxRows, question.maxBytes]] })
    this.#sql = []
  }

  #onMessage(message: FromReader): void {
    if ('opened' in message) return
    const waiting = this.#outstanding.shift()
    this.#send()
    if (waiting === undefined) return
    if ('rows' in message) waiting.resolve(message.rows)
    else {
      const code = message.failed.disk ? 'storage_failed' : 'internal'
      const advice = message.failed.disk ? ' Check the disk; restore the data folder from a backup if the file is damaged.' : ''
      waiting.reject(new SyncError(code, `${this.#path} cannot be read (${message.failed.message}).${advice}`))
    }
  }

  #onDeath(reason: string): void {
    if (this.#closing !== null) return
    this.#failure ??= `the reader thread died: ${reason}`
    this.#rejectAll(new SyncError('storage_failed', `${this.#path} cannot be read: ${this.#failure}. Restart the bus.`))
  }

  #rejectAll(error: SyncError): void {
    const waiting = [...this.#outstanding.splice(0), ...[...this.#callers.values()].flat()]
    this.#callers.clear()
    this.#waiting = 0
    for (const { reject } of waiting) reject(error)
  }
}
