import type { Clock, Timer } from '../clock.js'
import type { Log } from '../observe/log.js'
import type { Change, Progress, Store } from '../store/store.js'

/** Something whose place is written when it has moved. */
export interface Moving {
  /** Its progress as it is now. */
  progressChange(): Extract<Change, { readonly kind: 'progress' }>
}

const retryMs = 1_000

/**
 * Writes progress and retries: one commit at a time, what comes meanwhile is the next one, so that a thousand
 * acknowledgements cost one. A commit that failed is tried again with what has moved since.
 */
export class ProgressWriter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #moved = new Set<Moving>()
  /** By the row they write: the last change of a row wins, so that they stay as few as the rows. */
  #changes = new Map<string, Change>()
  /** What the commit under way writes; put back if it fails. */
  #underWay = new Set<Moving>()
  #waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #writing: Promise<void> | null = null
  #pause: Timer | null = null
  #closed = false

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Has the place of `moving` written, and `change` with it. Resolves when both are durable. */
  write(moving: Moving, change?: Change): Promise<void> {
    this.#moved.add(moving)
    if (change !== undefined) this.#changes.set(rowOf(change), change)
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#start()
    })
  }

  /** The same, when nobody waits for it. */
  note(moving: Moving, change?: Change): void {
    this.#moved.add(moving)
    if (change !== undefined) this.#changes.set(rowOf(change), change)
    this.#start()
  }

  /** Drops what has not been written of it, its retries too: its group is gone, or begins anew elsewhere. */
  forget(moving: Moving): void {
    this.#moved.delete(moving)
    this.#underWay.delete(moving)
    const { progress } = moving.progressChange()
    for (const [row, change] of this.#changes) if (isOf(change, progress)) this.#changes.delete(row)
  }

  /** Resolves when all that moved so far is written, or was tried once more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#pause?.cancel()
    this.#pause = null
    this.#start()
    await this.#writing
  }

  #start(): void {
    if (this.#writing !== null || this.#pause !== null) return
    // A turn later, so that what is settled in the same tick travels in one commit.
    this.#writing = Promise.resolve().then(() => this.#run())
  }

  async #run(): Promise<void> {
    while (this.#moved.size > 0 || this.#changes.size > 0) {
      this.#underWay = new Set(this.#moved)
      const changes = this.#changes
      const waiters = this.#waiters
      this.#moved.clear()
      this.#changes = new Map()
      this.#waiters = []
      try {
        await this.#store.commit([...changes.values(), ...[...this.#underWay].map((one) => one.progressChange())])
        for (const waiter of waiters) waiter.resolve()
      } catch (error) {
        this.#log.error({ error: (error as Error).message }, 'Progress could not be written; deliveries may be repeated after a restart.')
        for (const waiter of waiters) waiter.reject(error)
        for (const one of this.#underWay) this.#moved.add(one)
        this.#changes = new Map([...changes, ...this.#changes])
        // In the turn of the last look, here and below: what is written a turn later must start the next round itself.
        this.#writing = null
        if (this.#closed) {
          for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
          return
        }
        this.#pause = this.#clock.after(retryMs, () => {
          this.#pause = null
          this.#start()
        })
        return
      }
    }
    for (const waiter of this.#waiters.splice(0)) waiter.resolve()
    this.#writing = null
  }
}

function isOf(change: Change, { group, topic, partition }: Progress): boolean {
  const row = change.kind === 'retry' ? change.retry : change.kind === 'retry_settled' ? change : null
  return row !== null && row.group === group && row.topic === topic && row.partition === partition
}

function rowOf(change: Change): string {
  if (change.kind === 'retry') return rowName(change.retry)
  return change.kind === 'retry_settled' ? rowName(change) : change.kind
}

function rowName(row: { readonly group: string; readonly topic: string; readonly partition: number; readonly offset: bigint }): string {
  return `${row.group}/${row.topic}/${row.partition}/${row.offset}`
}
