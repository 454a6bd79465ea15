import { type Bus, connect, type Message } from '@hms-sync/client'
import type { Lives } from './lives.js'

/** One delivery, as a subscriber or an external system got it. */
export interface Receipt {
  readonly id: string
  readonly key: string
  readonly n: number
  readonly attempt: number
  readonly life: number
  /** The acknowledgement was sent. */
  answered: boolean
  /** When the other side was sure of it, by `performance.now()`: the acknowledgement is durable. */
  settledAt: number | null
}

export interface GroupOptions {
  readonly group: string
  readonly topic: string
  readonly concurrency: number
  /** How many connections share the group. Default 1. */
  readonly members?: number
  /** Milliseconds of work on one event. Default 0. */
  readonly workMs?: () => number
  /** Keys that are never acknowledged. */
  readonly stuck?: ReadonlySet<string>
}

/** A group of SDK subscribers that writes down everything it receives. */
export class RecordedGroup {
  readonly name: string
  readonly receipts: Receipt[] = []
  readonly seen = new Set<string>()
  /** Acknowledgements that were not taken, for whatever reason. */
  readonly refused: Error[] = []
  readonly #lives: Lives
  readonly #options: GroupOptions
  readonly #buses: Bus[] = []
  #letGo: (() => void)[] = []

  private constructor(lives: Lives, options: GroupOptions) {
    this.name = options.group
    this.#lives = lives
    this.#options = options
  }

  /** Resolves when every member is subscribed. */
  static async join(lives: Lives, options: GroupOptions): Promise<RecordedGroup> {
    const group = new RecordedGroup(lives, options)
    const { topic, concurrency, members = 1 } = options
    for (let i = 0; i < members; i++) {
      const bus = await connect({ url: lives.url, name: options.group, onError: () => {} })
      group.#buses.push(bus)
      await bus.subscribe(topic, (message) => group.#take(message), { concurrency, ackTimeoutMs: 120_000 }).ready
    }
    return group
  }

  async close(): Promise<void> {
    this.letGo()
    await Promise.all(this.#buses.map((bus) => bus.close({ timeoutMs: 100 })))
  }

  /** Ends the work on what is stuck, unacknowledged: the SDK gives the next event of a key only to a handler that has come back. */
  letGo(): void {
    for (const letGo of this.#letGo.splice(0)) letGo()
  }

  async #take(message: Message): Promise<void> {
    const { key, n } = message.payload as { key: string; n: number }
    const receipt: Receipt = {
      id: message.id,
      key,
      n,
      attempt: message.attempt,
      life: this.#lives.count,
      answered: false,
      settledAt: null,
    }
    this.receipts.push(receipt)
    this.seen.add(message.id)
    if (this.#options.stuck?.has(key)) return new Promise((_resolve, reject) => this.#letGo.push(() => reject(new Error('It was let go.'))))
    const workMs = this.#options.workMs?.() ?? 0
    if (workMs > 0) await new Promise((resolve) => setTimeout(resolve, workMs))
    receipt.answered = true
    await message.ack().then(
      () => {
        receipt.settledAt = performance.now()
      },
      // Mostly because the connection was lost: the delivery is the bus's again.
      (error: Error) => this.refused.push(error),
    )
  }
}
