import type { Clock } from '../../clock.js'
import type { OutgoingEvent } from '../../event.js'
import type { OnFailure } from '../../registry/config.js'
import type { DeadLetter } from '../../store/failures.js'
import type { Change, Store } from '../../store/store.js'
import type { Again, Entry, Lanes } from '../consumption/lanes.js'
import { DeadLetters, type FailuresOf, type GaveUp } from './dead-letters.js'
import { maxHeldKeys, Parking } from './parking.js'
import { outgoingOf } from './sent-again.js'

export interface AftermathParts {
  readonly store: Store
  readonly clock: Clock
  readonly nextDeadLetter: () => number
  /** Keys that dead letters and parked events hold at once, of one group in one partition. Absent: 100,000. */
  readonly maxHeldKeys?: number
}

/** What was not read for want of room is read when so much of the keys is held at most: each time all are read anew. */
const roomToStartAgain = 0.9
/** Keys whose parked events are fetched at once; the others take their turn. Each is a read, and what may wait for the reader is bounded for all who read. */
const maxGoingOn = 64
const nothing: readonly Change[] = []

/** What the aftermath asks of the consumption that it belongs to. */
export interface AftermathOwner {
  readonly onFailure: OnFailure
  /** Puts an event in its key's line once more; false while asleep. */
  sendAgain(event: OutgoingEvent, again: Again): boolean
  /** Resolves when durable. */
  write(...changes: readonly Change[]): Promise<void>
  note(reason: string): void
  parkingFull(key: string): void
  /** As many keys are held as may be: nothing more is read until some are free. */
  heldFull(): void
  /** A key is free: there may be room for more from the log. */
  wantRoom(): void
  /** Sleeps and wakes: there is room for what the store knows and was not read. */
  startAgain(): void
}

/**
 * What follows when a delivery of one group in one partition has ended: dead letters, keys that wait behind them, and
 * how both go on. There are three ways: `supersede` (the key goes on, and newer state makes the letter stale), `park`
 * (later events of the key wait until the letter is mended), `skip` (the key goes on).
 */
export class Aftermath {
  readonly #store: Store
  readonly #owner: AftermathOwner
  readonly #letters: DeadLetters
  readonly #parking: Parking
  /** Keys whose next parked event is being fetched. */
  readonly #goingOn = new Set<string>()
  /** Keys that nothing holds and that wait until others have gone on. */
  readonly #free = new Set<string>()
  readonly #maxHeldKeys: number
  /** The store knows of keys that are held and were not read. */
  #unread = false
  #startingAgain = false
  /** Another at each load: what an earlier one began to fetch is not sent. null: nothing can be sent, and nothing is fetched. */
  #life: symbol | null = null

  constructor(of: FailuresOf, parts: AftermathParts, owner: AftermathOwner) {
    const { store, clock, nextDeadLetter } = parts
    this.#store = store
    this.#owner = owner
    this.#maxHeldKeys = parts.maxHeldKeys ?? maxHeldKeys
    this.#letters = new DeadLetters(of, clock, nextDeadLetter)
    this.#parking = new Parking(of, clock)
  }

  get parked(): number {
    return this.#parking.count
  }

  parkedOf(key: string): number {
    return this.#parking.countOf(key)
  }

  /** Whether nothing more may be read: an event of a key that is held and not known would overtake. */
  get full(): boolean {
    return this.#unread || this.#parking.size >= this.#maxHeldKeys
  }

  /** Takes up what an earlier life left. Call the answer once events can be sent again. */
  async load(): Promise<() => void> {
    const parks = this.#owner.onFailure === 'park'
    const open = await this.#letters.load(this.#store, this.#owner.onFailure, this.#maxHeldKeys)
    this.#unread = open.moreParkedKeys || (open.moreOpenKeys && parks)
    this.#startingAgain = false
    this.#life = null
    this.#goingOn.clear()
    this.#free.clear()
    const free = this.#parking.load(open, parks)
    return () => {
      this.#life = Symbol()
      if (this.full) this.#owner.heldFull()
      for (const letter of open.redriving) this.#owner.sendAgain(outgoingOf(letter), { kind: 'dead_letter', letter })
      for (const key of free) this.#goOn(key)
    }
  }

  /** Nobody takes anything any more: what is being fetched is not sent. What is held stays known. Repeatable. */
  sleep(): void {
    this.#life = null
  }

  /** The delivery was applied. Answers what is to be written with it. */
  applied({ key, offset, again }: Entry, lanes: Lanes): readonly Change[] {
    if (again?.kind === 'replay') {
      again.ended(true)
      return nothing
    }
    if (again === null && (key === null || this.#letters.none)) return nothing
    const changes: Change[] = []
    if (key !== null) {
      const stale = this.#letters.applied(key, offset, this.#owner.onFailure)
      if (stale !== null) {
        lanes.dropSuperseded(key, offset)
        changes.push(stale)
      }
    }
    if (again?.kind === 'parked') changes.push(this.#parking.unpark(again.event))
    else if (again?.kind === 'dead_letter') {
      this.#letters.settled(again.letter)
      changes.push({ kind: 'dead_letter_state', number: again.letter.number, state: 'done' })
    }
    return changes
  }

  /** The delivery gave up. Answers what is to be written with it. */
  gaveUp(entry: Entry, why: GaveUp): readonly Change[] {
    const { again, key } = entry
    if (again?.kind === 'replay') {
      again.ended(false)
      return []
    }
    const changes: Change[] = [this.#letters.make(entry, why, this.#owner.onFailure)]
    if (again?.kind === 'parked') changes.push(this.#parking.unpark(again.event))
    if (key !== null && this.#owner.onFailure === 'park') {
      this.#parking.hold(key)
      if (this.full) this.#owner.heldFull()
    }
    return changes
  }

  /** What was written of a delivery that ended is on its way: its key goes on, if nothing holds it. */
  ended({ again, key }: Entry, written: Promise<void>): void {
    if (key === null || again === null || again.kind === 'replay') return
    this.#parking.writing(key, written)
    this.#goOn(key)
  }

  /** Whether events of the key go to the parked ones. */
  parks(key: string | null): key is string {
    return this.#parking.parks(key)
  }

  /** Whether the event was not delivered: it is the dead letter that holds its key, or waits behind it. */
  keepsBack({ key, offset }: OutgoingEvent): boolean {
    return this.parks(key) && offset >= (this.#letters.heldFrom(key) ?? this.#parking.goesOnFrom(key))
  }

  /** What is to be written to park an event; null: there is no room, and it waits in the log until there is. */
  park(key: string, entry: Entry): Change | null {
    if (this.#parking.hasRoom(key)) return this.#parking.park(key, entry.event!)
    this.#parking.waitForRoom(key, entry)
    this.#owner.parkingFull(key)
    return null
  }

  /** The event of the key that waits for room among the parked ones: it is to wait behind what is sent again now. */
  displace(key: string | null): Entry | null {
    return key === null ? null : this.#parking.displace(key)
  }

  parkedWritten(key: string, written: Promise<void>): void {
    this.#parking.writing(key, written)
  }

  /** Whether newer state of the letter's key was applied. */
  isStale(letter: DeadLetter): boolean {
    return this.#owner.onFailure === 'supersede' && this.#letters.isStale(letter)
  }

  /** Sends the letter again, when its key's turn comes; asleep, when it wakes. Resolves when durable. */
  async redrive(letter: DeadLetter): Promise<void> {
    const again = { ...letter, state: 'redriving' } as const
    await this.#owner.write({ kind: 'dead_letter_state', number: letter.number, state: 'redriving' })
    if (this.isStale(letter)) return
    this.#owner.sendAgain(outgoingOf(again), { kind: 'dead_letter', letter: again })
  }

  /** Lets the letter go; what is parked behind it goes on. Resolves when durable. */
  async skip(letter: DeadLetter): Promise<void> {
    this.#letters.skipped(letter, this.#owner.onFailure)
    await this.#owner.write({ kind: 'dead_letter_state', number: letter.number, state: 'skipped' })
    if (letter.key !== null && this.#parking.parks(letter.key)) this.#goOn(letter.key)
  }

  #goOn(key: string): void {
    const life = this.#life
    if (life === null || !this.#parking.parks(key)) return
    if (this.#letters.holds(key, this.#owner.onFailure) || this.#goingOn.has(key)) return
    if (this.#goingOn.size >= maxGoingOn) {
      this.#free.add(key)
      return
    }
    this.#goingOn.add(key)
    void this.#next(key, life).finally(() => {
      if (life !== this.#life) return
      this.#goingOn.delete(key)
      this.#goOnWithOthers()
    })
  }

  #goOnWithOthers(): void {
    for (const key of this.#free) {
      if (this.#goingOn.size >= maxGoingOn) return
      this.#free.delete(key)
      this.#goOn(key)
    }
  }

  async #next(key: string, life: symbol): Promise<void> {
    const fetching = { store: this.#store, over: () => life !== this.#life, note: (reason: string) => this.#owner.note(reason) }
    do {
      const event = await this.#parking.next(key, fetching)
      if (life !== this.#life) return
      if (event !== null) {
        this.#owner.sendAgain(outgoingOf(event), { kind: 'parked', event })
        return
      }
    } while (!this.#parking.free(key))
    this.#freed()
  }

  #freed(): void {
    if (!this.#unread) return this.#owner.wantRoom()
    if (this.#startingAgain || this.#parking.size > this.#maxHeldKeys * roomToStartAgain) return
    this.#startingAgain = true
    this.#owner.startAgain()
  }
}
