import { startWorker, type Worker } from '../harness/processes.js'
import { batchPost } from './events.js'
import type { HttpLoadAnswer, HttpLoadJob } from './http-load.js'

/** The load generator, seen from the benchmark. */
export class HttpLoad {
  readonly #worker: Worker<HttpLoadJob, HttpLoadAnswer>
  #busiest = 0
  #next = 1

  static async start(): Promise<HttpLoad> {
    return new HttpLoad(await startWorker(new URL('./http-load.ts', import.meta.url)))
  }

  private constructor(worker: Worker<HttpLoadJob, HttpLoadAnswer>) {
    this.#worker = worker
  }

  /** Numbers go on from job to job, so that no payload comes twice. */
  async run(job: HttpLoadJob): Promise<HttpLoadAnswer> {
    const answer = await this.#worker.ask({ from: this.#next, ...job })
    this.#next = answer.next
    this.#busiest = Math.max(this.#busiest, answer.busy)
    return answer
  }

  /** Events a second of one kind of request, each of `events` events. */
  rate(job: Omit<HttpLoadJob, 'until'>, events: number, forMs: number): () => Promise<number> {
    return async () => {
      const { requests, ms } = await this.run({ ...job, until: { ms: forMs } })
      return (requests * events) / (ms / 1_000)
    }
  }

  /** Publishes `count` events in batches of 100. */
  async fill(port: number, topic: string, count: number, ids: 'own' | 'foreign'): Promise<void> {
    await this.run({ port, connections: 8, requests: [batchPost(topic, { size: 100, ids })], until: { sent: Math.ceil(count / 100) } })
  }

  /** Warns when the generator was what held the rate down. */
  notes(): string[] {
    const share = `The load generator used up to ${Math.round(this.#busiest * 100)} % of a processor`
    return [this.#busiest > 0.95 ? `${share}: it may be the bottleneck.` : `${share}.`]
  }

  end(): Promise<void> {
    return this.#worker.end()
  }
}
