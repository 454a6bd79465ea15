import assert from 'node:assert/strict'
import type { Offset } from '../event.js'
import type { AttemptChunk, DeadLetter, ParkedEvent } from '../store/failures.js'
import type { Change, Progress, Segment, Store, WaitingRetry } from '../store/store.js'
import { within } from './suite.js'

/** How the suite gets at a store. Made anew for each case. */
export interface StoreHarness {
  /** Opens a store that is empty. Called once. */
  open(): Promise<Store>
  /** Closes the store cleanly and opens it again on the same data. */
  reopen(): Promise<Store>
  /** Opens the store on what is left after an abrupt end; or says why that cannot be done. */
  readonly crash: (() => Promise<Store>) | { readonly impossible: string }
  /** How long to wait for what must come, ms. Default 10,000. */
  readonly patienceMs?: number
  /** Closes and removes everything. */
  dispose(): Promise<void>
}

/** One case's store, with the words the cases are written in. */
export class StoreBench {
  readonly #harness: StoreHarness
  readonly #patienceMs: number
  store: Store

  private constructor(harness: StoreHarness, store: Store) {
    this.#harness = harness
    this.#patienceMs = harness.patienceMs ?? 10_000
    this.store = store
  }

  static async open(harness: StoreHarness): Promise<StoreBench> {
    return new StoreBench(harness, await harness.open())
  }

  async reopen(): Promise<void> {
    this.store = await this.#harness.reopen()
  }

  async crash(): Promise<void> {
    const { crash } = this.#harness
    assert(typeof crash === 'function')
    this.store = await crash.call(this.#harness)
  }

  get cannotCrash(): string | null {
    return typeof this.#harness.crash === 'function' ? null : this.#harness.crash.impossible
  }

  dispose(): Promise<void> {
    return this.#harness.dispose()
  }

  /** Commits the changes together. */
  async commit(...changes: readonly Change[]): Promise<void> {
    await within(this.store.commit(changes), this.#patienceMs, 'a commit to become durable')
  }

  async expectProgress(...expected: readonly Progress[]): Promise<void> {
    const byPlace = (one: Progress, other: Progress): number => (place(one) < place(other) ? -1 : 1)
    assert.deepEqual([...(await this.store.progress())].sort(byPlace), [...expected].sort(byPlace))
  }

  async expectRetries(...expected: readonly WaitingRetry[]): Promise<void> {
    assert.deepEqual(await this.store.retries('clinic', 'permits', 0), expected)
  }

  /** The offsets of the events parked behind a key. */
  async offsets(key: string, from: Offset, limit: number): Promise<readonly Offset[]> {
    return (await this.store.parked('clinic', 'permits', 0, key, from, limit)).map(({ offset }) => offset)
  }

  /** Trims until nothing more goes; each step takes a thousand chunks at most. */
  async trimAttempts(trim: { readonly before: number; readonly keep: number }): Promise<void> {
    for (let left = await this.#chunks(); ; ) {
      await this.commit({ kind: 'attempts_trimmed', ...trim })
      const now = await this.#chunks()
      assert(left - now <= 1_000, `${left - now} chunks went at once`)
      if (now === left) return
      left = now
    }
  }

  async #chunks(): Promise<number> {
    let count = 0
    for await (const _chunk of this.store.attempts({})) count++
    return count
  }

  async segments(projection: string, topic: string, from: number): Promise<readonly Segment[]> {
    const found: Segment[] = []
    for await (const { number, bytes } of this.store.segments(projection, topic, from))
      found.push({ number, bytes: Uint8Array.from(bytes) })
    return found
  }
}

function place({ group, topic, partition }: Progress): string {
  return JSON.stringify([group, topic, partition])
}

export function progress(also: Partial<Progress> = {}): Progress {
  return { group: 'clinic', topic: 'permits', partition: 0, incarnation: 'inc-1', cursor: 10n, ahead: [], ...also }
}

export function retry(also: Partial<WaitingRetry> = {}): WaitingRetry {
  return { group: 'clinic', topic: 'permits', partition: 0, offset: 10n, attempts: 1, dueAt: 1_700_000_000_000, reason: '503', ...also }
}

export function deadLetter(also: Partial<DeadLetter> = {}): DeadLetter {
  const place = { group: 'clinic', topic: 'permits', incarnation: 'inc-1', partition: 0, offset: 10n, key: 'K-1', event: 'e-10' } as const
  const why = { reason: 'HTTP 422', errorClass: 'refused', attempts: 1, at: 1_700_000_000_000 } as const
  return { number: 1, state: 'open', ...place, wire: '{"id":"e-10"}', edited: false, ...why, ...also }
}

export function parkedEvent(also: Partial<ParkedEvent> = {}): ParkedEvent {
  return { group: 'clinic', topic: 'permits', partition: 0, offset: 10n, key: 'K-1', event: 'e-10', wire: '{"id":"e-10"}', ...also }
}

export function attemptChunk(also: Partial<AttemptChunk> = {}): AttemptChunk {
  const place = { group: 'clinic', topic: 'permits', partition: 0, first: 10n, last: 19n } as const
  return { ...place, at: 1_700_000_000_000, count: 3, text: '[]', ...also }
}
