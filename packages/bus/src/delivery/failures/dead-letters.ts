import type { Clock } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { OnFailure } from '../../registry/config.js'
import type { DeadLetter, FailureChange, OpenFailures } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import type { Entry } from '../consumption/lanes.js'

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

/** Keys with an open letter that are told apart where letters hold no keys. */
const maxOpenKeys = 10_000

/**
 * What gave up of one group in one partition: makes dead letters, knows which keys have one, and says when newer state
 * of a key has made them stale. Of more keys than `maxOpenKeys` it only knows that there are more, unless letters hold
 * their keys: then nothing is read while there are more than `maxHeldKeys`.
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

  /** @param maxHeldKeys so many keys that are held, by an open letter or by parked events, are read. */
  async load(store: Store, onFailure: OnFailure, maxHeldKeys: number): Promise<OpenFailures> {
    const { group, topic, partition } = this.#of
    const most = { open: onFailure === 'park' ? maxHeldKeys : maxOpenKeys, parked: maxHeldKeys }
    const open = await store.openFailures(group, topic, partition, most)
    this.#openKeys = new Map(open.openKeys.map(({ key, offset }) => [key, offset]))
    this.#moreOpenKeys = open.moreOpenKeys
    for (const { key, offset } of open.redriving) if (key !== null) this.#opened(key, offset, onFailure)
    this.#loaded = true
    return open
  }

  /** Whether surely no key has an open letter, as is nearly always. */
  get none(): boolean {
    return !this.#moreOpenKeys && this.#openKeys.size === 0
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
  make(entry: Entry, { reason, errorClass }: GaveUp, onFailure: OnFailure): FailureChange {
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
    if (entry.key !== null) this.#opened(entry.key, entry.offset, onFailure)
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

  /** Where the key's open letter lies; undefined: none is. */
  heldFrom(key: string): Offset | undefined {
    return this.#openKeys.get(key)
  }

  /** A letter was delivered. */
  settled({ key, offset }: DeadLetter): void {
    if (key !== null && this.#openKeys.get(key) === offset) this.#openKeys.delete(key)
  }

  /** A letter was skipped. Where letters hold no keys, an older one of its key may be open still. */
  skipped(letter: DeadLetter, onFailure: OnFailure): void {
    if (onFailure === 'park') this.settled(letter)
  }

  #opened(key: string, offset: Offset, onFailure: OnFailure): void {
    if (onFailure === 'skip') return
    const highest = this.#openKeys.get(key)
    if (highest === undefined && onFailure !== 'park' && this.#openKeys.size >= maxOpenKeys) this.#moreOpenKeys = true
    else if (highest === undefined || highest < offset) this.#openKeys.set(key, offset)
  }
}
