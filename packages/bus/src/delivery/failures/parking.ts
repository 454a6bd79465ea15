import type { Clock } from '../../clock.js'
import type { Offset, OutgoingEvent } from '../../event.js'
import type { FailureChange, OpenFailures, ParkedEvent } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import type { Entry } from '../consumption/lanes.js'
import type { FailuresOf } from './dead-letters.js'

interface ParkedKey {
  /** Events in the store, or on their way there. */
  count: number
  /** The next one to go out lies at or behind it. */
  from: Offset
  /** Parked events go out, one after the other; no dead letter holds them. */
  draining: boolean
  /** What was written of the key last. */
  written: Promise<unknown>
  /** There is no more room: the event that waits in the log until there is, and its key behind it. */
  full: Entry | null
}

/** Whoever fetches parked events. */
export interface Fetching {
  readonly store: Store
  /** Whether nobody is there any more to take what is fetched. */
  over(): boolean
  note(reason: string): void
}

/** Keys that are held at once; beyond them nothing more is read. A key costs about 300 bytes. */
export const maxHeldKeys = 100_000
/** Events of one key that may be parked; what comes after them waits in the log. */
export const maxParkedPerKey = 1_000
/** Parked events read at once when a key goes on. */
const readAhead = 64
/** What is counted and not found has not been written yet: it is looked for again after so long, and so it is after a read that failed. */
const lookAgainMs = 1_000

/**
 * Keys whose later events wait behind a dead letter (`onFailure: park`), of one group in one partition. They are copied
 * out of the log, so that neither progress nor retention waits for whoever mends the letter.
 */
export class Parking {
  readonly #of: FailuresOf
  readonly #clock: Clock
  readonly #keys = new Map<string, ParkedKey>()
  readonly #ahead = new Map<string, ParkedEvent[]>()

  constructor(of: FailuresOf, clock: Clock) {
    this.#of = of
    this.#clock = clock
  }

  /** How many keys are held. */
  get size(): number {
    return this.#keys.size
  }

  get count(): number {
    let count = 0
    for (const key of this.#keys.values()) count += key.count
    return count
  }

  /** Takes up what an earlier life left: keys held by a dead letter, if letters park, and keys with parked events. Answers the keys that go on by themselves. */
  load({ openKeys, parked, redriving }: OpenFailures, lettersPark: boolean): readonly string[] {
    this.#keys.clear()
    this.#ahead.clear()
    const held = new Set(lettersPark ? openKeys.map(({ key }) => key) : [])
    for (const { key } of redriving) if (key !== null && lettersPark) held.add(key)
    for (const key of held) this.hold(key)
    for (const { key, count } of parked) this.#key(key).count = count
    return parked.map(({ key }) => key).filter((key) => !held.has(key))
  }

  /** Whether events of the key are to be parked. */
  parks(key: string | null): key is string {
    return key !== null && this.#keys.has(key)
  }

  /** A dead letter holds the key. */
  hold(key: string): void {
    this.#key(key).draining = false
  }

  countOf(key: string): number {
    return this.#keys.get(key)?.count ?? 0
  }

  /** The next parked event of the key to go out lies at or behind it. */
  goesOnFrom(key: string): Offset {
    return this.#keys.get(key)?.from ?? 0n
  }

  hasRoom(key: string): boolean {
    return this.#key(key).count < maxParkedPerKey
  }

  /** What is to be written for an event that joins those of its key. */
  park(key: string, { offset, id, wire }: OutgoingEvent): FailureChange {
    this.#key(key).count++
    const { group, topic, partition } = this.#of
    return { kind: 'parked', event: { group, topic, partition, offset, key, event: id, wire } }
  }

  /** The change that concerned the key is on its way. */
  writing(key: string, written: Promise<unknown>): void {
    const parked = this.#keys.get(key)
    if (parked !== undefined) parked.written = written.catch(() => {})
  }

  waitForRoom(key: string, entry: Entry): void {
    this.#key(key).full = entry
  }

  /** The event of the key that waits for room, which it now does behind one that is sent again; null: none does. */
  displace(key: string): Entry | null {
    const parked = this.#keys.get(key)
    const entry = parked?.full ?? null
    if (parked !== undefined) parked.full = null
    return entry
  }

  /** A parked event was applied, or gave up. What is to be written. */
  unpark({ key, offset }: ParkedEvent): FailureChange {
    const parked = this.#key(key)
    parked.count--
    parked.from = offset + 1n
    const { group, topic, partition } = this.#of
    return { kind: 'unparked', group, topic, partition, offset }
  }

  /**
   * Nothing holds the key any more: the next of its parked events, or null when none is left and the key is free, a dead
   * letter holds it again, or nobody takes it any more. One call at a time for a key. Never rejects.
   */
  async next(key: string, fetching: Fetching): Promise<ParkedEvent | null> {
    const parked = this.#keys.get(key)
    if (parked === undefined) return null
    parked.draining = true
    while (parked.draining && parked.count > 0) {
      const ahead = this.#ahead.get(key)?.shift()
      if (ahead !== undefined && ahead.offset >= parked.from) return ahead
      if (ahead !== undefined) continue
      await parked.written
      if (fetching.over()) return null
      const events = await this.#fetch(key, parked.from, fetching)
      if (fetching.over()) return null
      if (events.length > 0) this.#ahead.set(key, [...events])
      else await new Promise<void>((resolve) => this.#clock.after(lookAgainMs, resolve))
      if (fetching.over()) return null
    }
    this.#ahead.delete(key)
    return null
  }

  /** Forgets the key when nothing of it is left. Answers false when its next event is to be fetched: some were parked meanwhile. */
  free(key: string): boolean {
    const parked = this.#keys.get(key)
    if (parked === undefined || !parked.draining) return true
    if (parked.count > 0) return false
    this.#keys.delete(key)
    this.#ahead.delete(key)
    return true
  }

  /** Parked events of the key, a few at once; none when they could not be read. */
  async #fetch(key: string, from: Offset, { store, note, over }: Fetching): Promise<readonly ParkedEvent[]> {
    const { group, topic, partition } = this.#of
    try {
      return await store.parked(group, topic, partition, key, from, readAhead)
    } catch (error) {
      if (!over()) note((error as Error).message)
      return []
    }
  }

  #key(key: string): ParkedKey {
    let parked = this.#keys.get(key)
    if (parked === undefined) {
      parked = { count: 0, from: 0n, draining: false, written: Promise.resolve(), full: null }
      this.#keys.set(key, parked)
    }
    return parked
  }
}
