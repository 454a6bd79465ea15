import { Worker } from 'node:worker_threads'
import { type CheckpointSignal, endCheckpoints } from './checkpoint-signal.js'

/** Background checkpoints. `onFailed` hears of a disk fault: the writer must stop then, for the file cannot be trusted. */
export class Checkpointer {
  readonly #worker: Worker
  readonly #signal: CheckpointSignal
  readonly #ended: Promise<void>

  constructor(path: string, signal: CheckpointSignal, onFailed: (message: string) => void) {
    this.#signal = signal
    this.#worker = new Worker(new URL('./checkpointer-thread.js', import.meta.url), { workerData: { path, signal } })
    this.#worker.on('message', ({ failed }: { failed: string }) => onFailed(failed))
    this.#worker.on('error', (error: Error) => onFailed(error.message))
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
  }

  /** May be called twice. */
  async close(): Promise<void> {
    endCheckpoints(this.#signal)
    await this.#ended
  }
}
