import type { Clock } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { OnFailure } from '../../registry/config.js'
import type { DeadLetter, FailureChange, OpenFailures } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import type { Entry } from '../lanes.js'

/** Why a delivery gave up. */
export interface GaveUp {
  readonly reason: string
  readonly errorClass: DeadLetter['errorClass']
}

export interface FailuresOf {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly incarnation: string
}

/**
 * What gave up of one group in one partition: makes dead letters, knows which keys have one, and says when newer state
 * of a key has made them stale. Bounded: of more keys than `maxOpenKeys` it only knows that there are more.
 */
export class DeadLetters {
  readonly #of: FailuresOf
  readonly #clock: Clock
  readonly #nextNumber: () => number
  /** Keys with an open dead letter, each with the highest offset of those. */
  #openKeys = new Map<string, Offset>()
  #moreOpenKeys = false
  #loaded = false

  constructor(of: FailuresOf, clock: Clock, nextNumber: () => number) {
    this.#of = of
    this.#clock = clock
    this.#nextNumber = nextNumber
  }

  async load(store: Store): Promise<OpenFailures> {
    const { group, topic, partition } = this.#of
    const open = await store.openFailures(group, topic, partition)
    this.#openKeys = new Map(open.openKeys.map(({ key, offset }) => [key, offset]))
    for (const { key, offset } of open.redriving) if (key !== null) this.#opened(key, offset)
    this.#moreOpenKeys = open.moreOpenKeys
    this.#loaded = true
    return open
  }

  /** Whether a dead letter of the key may be open. */
  mayBeOpen(key: string): boolean {
    return this.#moreOpenKeys || this.#openKeys.has(key)
  }

  /** Whether a letter of the key is surely not open any more. */
  isStale({ key, offset }: DeadLetter): boolean {
    if (key === null || this.#moreOpenKeys || !this.#loaded) return false
    const highest = this.#openKeys.get(key)
    return highest === undefined || highest < offset
  }

  /** The dead letter of a delivery that gives up, to be written with the progress behind it. One that was sent again keeps its number. */
  make(entry: Entry, { reason, errorClass }: GaveUp): FailureChange {
    const before = entry.again?.kind === 'dead_letter' ? entry.again.letter : null
    const event = entry.event!
    const letter: DeadLetter = {
      ...this.#of,
      number: before?.number ?? this.#nextNumber(),
      state: 'open',
      offset: entry.offset,
      key: entry.key,
      event: event.id,
      wire: event.wire,
      edited: before?.edited ?? false,
      reason,
      errorClass,
      attempts: entry.attempts + (before?.attempts ?? 0),
      at: this.#clock.now(),
    }
    if (entry.key !== null) this.#opened(entry.key, entry.offset)
    return { kind: 'dead_letter', letter }
  }

  /** A newer event of the key was applied. Answers what is to be written, when a dead letter below it may be open. */
  applied(key: string, offset: Offset, onFailure: OnFailure): FailureChange | null {
    if (onFailure !== 'supersede' || !this.mayBeOpen(key)) return null
    const highest = this.#openKeys.get(key)
    if (highest !== undefined && highest < offset) this.#openKeys.delete(key)
    const { group, topic, partition } = this.#of
    return { kind: 'superseded', group, topic, partition, key, below: offset }
  }

  /** Whether an open letter keeps the key's later events waiting. */
  holds(key: string, onFailure: OnFailure): boolean {
    return onFailure === 'park' && this.#openKeys.has(key)
  }

  /** A letter was delivered or skipped. */
  settled({ key, offset }: DeadLetter): void {
    if (key !== null && this.#openKeys.get(key) === offset) this.#openKeys.delete(key)
  }

  #opened(key: string, offset: Offset): void {
    const highest = this.#openKeys.get(key)
    if (highest === undefined || highest < offset) this.#openKeys.set(key, offset)
  }
}
