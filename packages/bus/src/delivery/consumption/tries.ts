import type { Clock, Timer } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { Change, Store, WaitingRetry } from '../../store/store.js'
import type { Entry } from './lanes.js'

/** Whose tries: one group in one partition. */
export interface TriesOf {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

/** The counted tries of unsettled events, kept over restarts, and the timers of those that wait for their next one. */
export class Tries {
  readonly #of: TriesOf
  readonly #clock: Clock
  /** null: not read from the store yet. */
  #known: Map<Offset, WaitingRetry> | null = null
  readonly #timers = new Map<Entry, Timer>()

  constructor(of: TriesOf, clock: Clock) {
    this.#of = of
    this.#clock = clock
  }

  /** How many events have failed and are not settled. */
  get size(): number {
    return this.#known?.size ?? 0
  }

  /** Reads what an earlier life of the bus has counted; once. */
  async load(store: Store): Promise<void> {
    if (this.#known !== null) return
    const retries = await store.retries(this.#of.group, this.#of.topic, this.#of.partition)
    this.#known ??= new Map(retries.map((retry) => [retry.offset, retry]))
  }

  /** What is known of an event: its counted tries, and the milliseconds until the next one is due. */
  of(offset: Offset): { readonly attempts: number; readonly delayMs: number } {
    const retry = this.#known?.get(offset)
    return retry === undefined ? { attempts: 0, delayMs: 0 } : { attempts: retry.attempts, delayMs: retry.dueAt - this.#clock.now() }
  }

  /** One more try has failed. Answers the row to be written. */
  failed(entry: Entry, delayMs: number, reason: string): Change {
    const retry = { ...this.#of, offset: entry.offset, attempts: entry.attempts, dueAt: this.#clock.now() + delayMs, reason }
    this.#known?.set(entry.offset, retry)
    return { kind: 'retry', retry }
  }

  /** It is settled. Answers the change to be written, if anything was known of it. */
  settled(offset: Offset): Change | undefined {
    return this.#known?.delete(offset) ? { kind: 'retry_settled', ...this.#of, offset } : undefined
  }

  /** Calls `due` when the entry has waited long enough. */
  wait(entry: Entry, delayMs: number, due: (entry: Entry) => void): void {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(entry)
      due(entry)
    })
    this.#timers.set(entry, timer)
  }

  /** The last try of a waiting event does not count after all. Answers the row to be written. */
  forgiven(entry: Entry): readonly Change[] {
    const retry = this.#known?.get(entry.offset)
    if (retry === undefined) return []
    if (entry.attempts === 0) {
      this.#known!.delete(entry.offset)
      return [{ kind: 'retry_settled', ...this.#of, offset: entry.offset }]
    }
    const forgiven = { ...retry, attempts: entry.attempts, dueAt: this.#clock.now() }
    this.#known!.set(entry.offset, forgiven)
    return [{ kind: 'retry', retry: forgiven }]
  }

  /** Ends the wait of one entry. Answers whether it waited. */
  endWait(entry: Entry): boolean {
    this.#timers.get(entry)?.cancel()
    return this.#timers.delete(entry)
  }

  /** Ends every wait. */
  endWaits(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  /** Forgets all of it: the group starts from another place. */
  reset(): void {
    this.endWaits()
    this.#known = new Map()
  }
}
