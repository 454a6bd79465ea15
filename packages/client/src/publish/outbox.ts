import type { Answer } from '../answer.js'
import type { Published } from '../bus.js'
import type { Expiring } from '../timing/deadlines.js'

/** One event on its way to the bus, until it is answered or its time is up. */
export interface Pending extends Expiring {
  readonly topic: string
  readonly id: string
  /** The envelope as JSON text: the same at every try. */
  readonly text: string
  readonly bytes: number
  readonly answer: Answer<Published>
  /** Answered, timed out or aborted. */
  done: boolean
  /** Was in a frame at least once: the bus may have it. */
  sent: boolean
  /** Lets go of the caller's signal. */
  release?: () => void
}

export interface FrameLimits {
  readonly maxEvents: number
  readonly maxBytes: number
}

/** What may be taken. */
export interface Room {
  readonly frames: number
  events: number
  bytes: number
}

/**
 * Events that wait for their frame, first in first out. `next` takes what one frame may carry: events of one topic, in
 * order, none before an earlier one of its topic.
 */
export class Outbox {
  #waiting: Pending[] = []
  #head = 0
  bytes = 0

  get empty(): boolean {
    return this.#head === this.#waiting.length
  }

  push(pending: Pending): void {
    this.#waiting.push(pending)
    this.bytes += pending.bytes
  }

  /** Puts events before all others, in their order: those of a lost connection. */
  unshift(pendings: readonly Pending[]): void {
    this.#waiting = [...pendings, ...this.#waiting.slice(this.#head)]
    this.#head = 0
    for (const pending of pendings) this.bytes += pending.bytes
  }

  /** Empties the outbox into frames, in the order in which their first events came, while `room` is left. */
  take(limits: FrameLimits, room: Room): readonly (readonly Pending[])[] {
    const frames: Pending[][] = []
    const open = new Map<string, { readonly frame: Pending[]; bytes: number }>()
    while (this.#head < this.#waiting.length && room.events > 0 && room.bytes > 0) {
      const pending = this.#waiting[this.#head]!
      const current = open.get(pending.topic)
      const fits = current !== undefined && current.frame.length < limits.maxEvents && current.bytes + pending.bytes <= limits.maxBytes
      if (!fits && !pending.done && frames.length >= room.frames) break
      this.#head++
      this.bytes -= pending.bytes
      if (pending.done) continue
      room.events--
      room.bytes -= pending.bytes
      if (fits) {
        current.frame.push(pending)
        current.bytes += pending.bytes + 1
      } else {
        const frame = [pending]
        frames.push(frame)
        open.set(pending.topic, { frame, bytes: pending.bytes })
      }
    }
    this.#compact()
    return frames
  }

  /** Takes everything out, oldest first. */
  drain(): readonly Pending[] {
    const left = this.#waiting.slice(this.#head)
    this.#waiting = []
    this.#head = 0
    this.bytes = 0
    return left
  }

  #compact(): void {
    if (this.#head === this.#waiting.length) this.#waiting = []
    else if (this.#head > 4_096) this.#waiting = this.#waiting.slice(this.#head)
    else return
    this.#head = 0
  }
}
