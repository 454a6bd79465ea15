import { BusyMap } from '../../busy-map.js'
import type { Offset, OutgoingEvent } from '../../event.js'
import type { DeadLetter, ParkedEvent } from '../../store/failures.js'
import type { Range } from '../../store/store.js'

/** Why an event that the group's progress has left behind goes out once more. */
export type Again =
  | { readonly kind: 'dead_letter'; readonly letter: DeadLetter }
  | { readonly kind: 'parked'; readonly event: ParkedEvent }
  | { readonly kind: 'replay'; ended(delivered: boolean): void }

/** One event that its group has not settled yet. */
export interface Entry {
  readonly offset: Offset
  readonly key: string | null
  /** null: its text was let go to save memory and must be read again. */
  event: OutgoingEvent | null
  /** Tries that count so far. */
  attempts: number
  state: 'blocked' | 'ready' | 'in_flight' | 'waiting'
  /** The event read just before it, so that ranges of settled ones can be told without keeping them. */
  readonly before: Offset
  /** null: it comes from the log, and progress waits for it. Otherwise it only takes its key's turn. */
  readonly again: Again | null
  /** The next event of the same key. */
  follower: Entry | null
  older: Entry | null
  newer: Entry | null
  /** Its place among those behind settled events; -1: it is none. Lanes alone writes it. */
  gapPlace: number
}

/** Bytes of event text that blocked events of one partition may hold; beyond it they are read again when their turn comes. */
const maxBlockedBytes = 4 * 1_048_576

/**
 * Order per key within one partition and group: of each key one event is under way at a time, in order of offset;
 * events without a key, and different keys, run side by side. It also knows what is settled: everything read that is
 * no longer here.
 */
export class Lanes {
  #oldest: Entry | null = null
  #newest: Entry | null = null
  #size = 0
  #waiting = 0
  #blockedBytes = 0
  #heldBytes = 0
  #lastRead: Offset
  /** The unsettled events that have settled ones between them and the unsettled one before: where ranges end. */
  readonly #behindSettled: Entry[] = []
  /** The newest unsettled event of each key. */
  readonly #lanes = new BusyMap<string, Entry>()
  /** Events sent again that wait for their key's turn: before what waits there from the log, behind what is under way. */
  readonly #injected = new Map<string, Entry[]>()
  /** Those before the head have been taken, and are let go. */
  #ready: (Entry | null)[] = []
  #readyHead = 0

  /** @param lastRead everything up to here counts as read and settled. */
  constructor(lastRead: Offset) {
    this.#lastRead = lastRead
  }

  get lastRead(): Offset {
    return this.#lastRead
  }
  /** Events read and not settled. */
  get size(): number {
    return this.#size
  }
  /** Of these, the ones that could go out now. */
  get readyCount(): number {
    return this.#ready.length - this.#readyHead
  }
  /** Of these, the ones that wait for their next try. */
  get waitingCount(): number {
    return this.#waiting
  }

  /** Bytes of event text held, of all of them. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Takes up the next event of the partition. `waits`: it is not due yet. */
  accept(event: OutgoingEvent, attempts: number, waits: boolean): Entry {
    const entry: Entry = {
      offset: event.offset,
      key: event.key,
      event,
      attempts,
      state: 'ready',
      before: this.#lastRead,
      again: null,
      follower: null,
      older: this.#newest,
      newer: null,
      gapPlace: -1,
    }
    this.#lastRead = event.offset
    if (this.#newest === null) this.#oldest = entry
    else {
      if (this.#newest.offset !== entry.before) this.#addGap(entry)
      this.#newest.newer = entry
    }
    this.#newest = entry
    this.#size++
    this.#heldBytes += event.wire.length
    const ahead = entry.key === null ? undefined : this.#lanes.get(entry.key)
    if (entry.key !== null) this.#lanes.set(entry.key, entry)
    if (ahead !== undefined) {
      ahead.follower = entry
      this.#block(entry, event)
    } else if (waits) this.postpone(entry)
    else this.#ready.push(entry)
    return entry
  }

  /**
   * Takes up an event once more, beside the group's progress. It goes before those of its key that wait here, but not
   * before one whose turn has come, unless that is `before`: one that waits and will not go while this one has not gone.
   */
  inject(
    event: OutgoingEvent,
    again: Again,
    { attempts, waits, before }: { readonly attempts: number; readonly waits: boolean; readonly before: Entry | null },
  ): Entry {
    const links = { follower: before, older: null, newer: null, gapPlace: -1 }
    const entry: Entry = { offset: event.offset, key: event.key, event, attempts, state: 'ready', before: event.offset, again, ...links }
    const ahead = entry.key === null ? undefined : this.#lanes.get(entry.key)
    if (ahead === undefined || before !== null) {
      if (before !== null) {
        this.#waiting--
        this.#block(before, before.event!)
      } else if (entry.key !== null) this.#lanes.set(entry.key, entry)
      if (waits) this.postpone(entry)
      else this.#ready.push(entry)
      return entry
    }
    entry.state = 'blocked'
    const waiting = this.#injected.get(entry.key!)
    if (waiting === undefined) this.#injected.set(entry.key!, [entry])
    else waiting.push(entry)
    return entry
  }

  /** A newer event of the key was applied: the dead letters below it that wait for their turn are not sent. */
  dropSuperseded(key: string, below: Offset): void {
    const waiting = this.#injected.get(key)?.filter(({ again, offset }) => again?.kind !== 'dead_letter' || offset >= below)
    if (waiting?.length === 0) this.#injected.delete(key)
    else if (waiting !== undefined) this.#injected.set(key, waiting)
  }

  /** Events up to here were settled before: they are passed over. */
  skip(offset: Offset): void {
    this.#lastRead = offset
  }

  /** The next event that may go out, now in flight; null: none. */
  take(): Entry | null {
    const entry = this.#ready[this.#readyHead] ?? null
    if (entry === null) return null
    this.#ready[this.#readyHead++] = null
    if (this.#readyHead > 256 && this.#readyHead * 2 > this.#ready.length) {
      // In place: an old copy would keep alive what came after, until a full collection finds it.
      this.#ready.splice(0, this.#readyHead)
      this.#readyHead = 0
    }
    entry.state = 'in_flight'
    return entry
  }

  /** Settled: the next event of its key may go. Answers that one, if there is one. */
  finish(entry: Entry): Entry | null {
    if (entry.again === null) {
      this.#unlink(entry)
      this.#size--
      this.#heldBytes -= entry.event?.wire.length ?? 0
    }
    // What is settled holds nothing: an old entry would keep its text alive until a full collection.
    entry.event = null
    if (entry.key === null) return null
    const injected = this.#nextInjected(entry.key)
    if (injected !== null) {
      injected.follower = entry.follower
      if (entry.follower === null) this.#lanes.set(entry.key, injected)
      entry.follower = null
      return injected
    }
    const next = entry.follower
    entry.follower = null
    if (next === null) {
      this.#lanes.delete(entry.key)
      return null
    }
    if (next.event !== null) this.#blockedBytes -= next.event.wire.length
    next.state = 'ready'
    return next
  }

  /** Not settled, not due: its key waits with it. */
  postpone(entry: Entry): void {
    entry.state = 'waiting'
    this.#waiting++
  }

  /** It waits no longer, and is not ready either: whoever calls goes on with it. */
  unpostpone(entry: Entry): void {
    this.#waiting--
    entry.state = 'in_flight'
  }

  /**
   * Texts that were read again, `entry`'s first. They are for those that are wanted now, and, as far as there is room, for
   * blocked ones that lack theirs too. Answers the wanted ones that have it now.
   */
  refill(entry: Entry, events: readonly OutgoingEvent[], wanted: ReadonlyMap<Offset, Entry>): readonly Entry[] {
    this.#hold(entry, events[0]!)
    const filled = [entry]
    let lacking: Entry | null = entry.newer
    for (const event of events.slice(1)) {
      while (lacking !== null && lacking.offset < event.offset) lacking = lacking.newer
      if (lacking?.offset !== event.offset || lacking.event !== null) continue
      if (wanted.has(event.offset)) filled.push(lacking)
      else if (lacking.state !== 'blocked' || this.#blockedBytes + event.wire.length > maxBlockedBytes) continue
      else this.#blockedBytes += event.wire.length
      this.#hold(lacking, event)
    }
    return filled
  }

  /** May go out, behind what is ready already. */
  release(entry: Entry): void {
    if (entry.state === 'waiting') this.#waiting--
    entry.state = 'ready'
    this.#ready.push(entry)
  }

  /** Handed back untried: these go first, in order; those sent again before the others. */
  handBack(entries: readonly Entry[]): void {
    const back = [...entries].sort((a, b) => (a.offset < b.offset ? -1 : 1))
    for (const entry of back) entry.state = 'ready'
    this.#ready = [...back, ...this.#ready.slice(this.#readyHead)]
    this.#readyHead = 0
  }

  /** Everything below `cursor` is settled, and everything within `ahead`. */
  progress(): { readonly cursor: Offset; readonly ahead: readonly Range[] } {
    if (this.#oldest === null || this.#newest === null) return { cursor: this.#lastRead + 1n, ahead: [] }
    const ahead: Range[] = this.#behindSettled.map((entry) => ({ first: entry.older!.offset + 1n, last: entry.before }))
    if (ahead.length > 1) ahead.sort((a, b) => (a.first < b.first ? -1 : 1))
    if (this.#lastRead !== this.#newest.offset) ahead.push({ first: this.#newest.offset + 1n, last: this.#lastRead })
    return { cursor: this.#oldest.offset, ahead }
  }

  #nextInjected(key: string): Entry | null {
    const waiting = this.#injected.get(key)
    const next = waiting?.shift() ?? null
    if (waiting?.length === 0) this.#injected.delete(key)
    if (next !== null) next.state = 'ready'
    return next
  }

  #hold(entry: Entry, event: OutgoingEvent): void {
    entry.event = event
    this.#heldBytes += event.wire.length
  }

  /** What is settled points at nothing: a chain of old entries would keep alive all that came after them. */
  #unlink(entry: Entry): void {
    const { older, newer } = entry
    entry.older = entry.newer = null
    this.#removeGap(entry)
    if (older === null) this.#oldest = newer
    else older.newer = newer
    if (newer === null) this.#newest = older
    else {
      newer.older = older
      if (older === null) this.#removeGap(newer)
      else this.#addGap(newer)
    }
  }

  #addGap(entry: Entry): void {
    if (entry.gapPlace !== -1) return
    entry.gapPlace = this.#behindSettled.length
    this.#behindSettled.push(entry)
  }

  /** The last one takes its place: they have no order. */
  #removeGap(entry: Entry): void {
    if (entry.gapPlace === -1) return
    const last = this.#behindSettled.pop()!
    if (last !== entry) {
      this.#behindSettled[entry.gapPlace] = last
      last.gapPlace = entry.gapPlace
    }
    entry.gapPlace = -1
  }

  #block(entry: Entry, event: OutgoingEvent): void {
    entry.state = 'blocked'
    if (this.#blockedBytes + event.wire.length <= maxBlockedBytes) {
      this.#blockedBytes += event.wire.length
      return
    }
    entry.event = null
    this.#heldBytes -= event.wire.length
  }
}
