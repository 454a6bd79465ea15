import type { Offset, OutgoingEvent } from '../../event.js'
import type { Change } from '../../store/store.js'
import type { Aftermath } from '../failures/aftermath.js'
import type { Again, Entry } from './lanes.js'
import { Texts, type TextsParts } from './texts.js'
import type { Tries } from './tries.js'

export interface TurnsParts extends TextsParts {
  readonly tries: Tries
  readonly aftermath: Aftermath
}

export interface TurnsOwner {
  /** Something is ready to go out. */
  dispatch(): void
  /** There may be room for more from the log. */
  wantRoom(): void
  /** Resolves when `changes` are durable, and the place with them. */
  write(...changes: readonly Change[]): Promise<void>
  /** The event was parked: settled, and kept for later. */
  parked(entry: Entry): void
  /** The event was trimmed while it waited behind its key. */
  lost(offset: Offset): void
  note(reason: string): void
}

/**
 * Whose turn it is, from the moment an event is read until it is settled, while a consumption is awake: events wait behind
 * their key, for their next try, or are parked with it.
 */
export class Turns {
  readonly #parts: TurnsParts
  readonly #owner: TurnsOwner
  readonly #texts: Texts

  constructor(parts: TurnsParts, owner: TurnsOwner) {
    this.#parts = parts
    this.#owner = owner
    this.#texts = new Texts(parts, {
      found: (entry) => this.#makeReady(entry),
      missing: (entry) => this.#lost(entry),
      dispatch: () => owner.dispatch(),
      note: (reason) => owner.note(reason),
    })
  }

  /** Takes up the next event of the log. */
  accept(event: OutgoingEvent): void {
    const { lanes, tries, aftermath } = this.#parts
    const { attempts, delayMs } = tries.of(event.offset)
    const parks = aftermath.parks(event.key)
    const entry = lanes.accept(event, attempts, delayMs > 0 || parks)
    if (entry.state !== 'waiting') return
    if (parks) this.#park(entry)
    else tries.wait(entry, delayMs, () => this.release(entry))
  }

  /** Takes up an event once more, beside the log. */
  sendAgain(event: OutgoingEvent, again: Again): void {
    const { lanes, tries, aftermath } = this.#parts
    const { attempts, delayMs } = again.kind === 'replay' ? { attempts: 0, delayMs: 0 } : tries.of(event.offset)
    const before = again.kind === 'replay' ? null : aftermath.displace(event.key)
    const entry = lanes.inject(event, again, { attempts, waits: delayMs > 0, before })
    if (entry.state === 'waiting') tries.wait(entry, delayMs, () => this.release(entry))
    this.#owner.dispatch()
  }

  /** Its next try is due after `delayMs`; its key waits with it. */
  postpone(entry: Entry, delayMs: number): void {
    this.#parts.lanes.postpone(entry)
    this.#parts.tries.wait(entry, delayMs, () => this.release(entry))
  }

  /** It waits no longer. */
  release(entry: Entry): void {
    this.#parts.lanes.release(entry)
    this.#owner.wantRoom()
    this.#owner.dispatch()
  }

  /** The delivery is over: `changes` are written with the place, and its key goes on. Resolves when durable. */
  end(entry: Entry, changes: readonly Change[]): Promise<void> {
    const { lanes, tries, aftermath } = this.#parts
    const settled = entry.again?.kind === 'replay' ? undefined : tries.settled(entry.offset)
    const next = lanes.finish(entry)
    const written = settled === undefined ? this.#owner.write(...changes) : this.#owner.write(...changes, settled)
    if (entry.again !== null) aftermath.ended(entry, written)
    if (next !== null) this.#makeReady(next)
    this.#owner.wantRoom()
    return written
  }

  /** Nothing that is still being read is taken up any more. */
  close(): void {
    this.#texts.close()
  }

  /** It joins the parked events of its key, and so does what waits behind it. Without room it waits here. */
  #park(first: Entry): void {
    const { lanes, aftermath } = this.#parts
    for (let entry: Entry | null = first; entry !== null; ) {
      const key = entry.key!
      const change = aftermath.park(key, entry)
      if (change === null) {
        if (entry.state !== 'waiting') lanes.postpone(entry)
        return
      }
      if (entry.state === 'waiting') lanes.unpostpone(entry)
      const next: Entry | null = lanes.finish(entry)
      const written = this.#owner.write(change)
      written.catch(() => {})
      aftermath.parkedWritten(key, written)
      this.#owner.parked(entry)
      if (next !== null && (next.event === null || next.again !== null)) return this.#makeReady(next)
      entry = next
    }
    this.#owner.wantRoom()
  }

  /** An event whose turn has come; its text is read again if it was let go. */
  #makeReady(entry: Entry): void {
    if (entry.event === null) return this.#texts.want(entry)
    if (entry.again === null && this.#parts.aftermath.parks(entry.key)) return this.#park(entry)
    this.#parts.lanes.release(entry)
  }

  /** Trimmed while it waited behind its key: a gap of one. */
  #lost(entry: Entry): void {
    this.#owner.lost(entry.offset)
    const next = this.#parts.lanes.finish(entry)
    if (next !== null) this.#makeReady(next)
    this.#owner.wantRoom()
    this.#owner.dispatch()
  }
}
