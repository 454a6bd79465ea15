import { ByRef } from '../link/by-ref.js'
import type { Pending, Room } from './outbox.js'

/** On their way without an answer: enough for any network here, little enough to send again after a loss. */
const maxEvents = 8_192
/** With as many events waited for as there may be, and acknowledgements, below the 10,000 frames at which the bus ends a connection. */
const maxFrames = 1_000
export const maxUnansweredBytes = 8 * 1_024 * 1_024

/** The frames that the bus has not answered, by their ref, in the order in which they were sent. */
export class Unanswered {
  readonly #frames = new ByRef<readonly Pending[]>()
  #events = 0
  #bytes = 0

  get frames(): number {
    return this.#frames.size
  }

  /** What may be sent before an answer makes room. */
  get room(): Room {
    return { frames: maxFrames - this.#frames.size, events: maxEvents - this.#events, bytes: maxUnansweredBytes - this.#bytes }
  }

  add(ref: number, frame: readonly Pending[]): void {
    this.#frames.add(ref, frame)
    this.#count(frame, 1)
  }

  has(ref: number): boolean {
    return this.#frames.has(ref)
  }

  take(ref: number): readonly Pending[] | undefined {
    const frame = this.#frames.take(ref)
    if (frame !== undefined) this.#count(frame, -1)
    return frame
  }

  /** Takes everything, oldest first. */
  drain(): readonly Pending[] {
    const all = this.#frames.drain().flat()
    this.#events = this.#bytes = 0
    return all
  }

  #count(frame: readonly Pending[], sign: 1 | -1): void {
    this.#events += sign * frame.length
    for (const { bytes } of frame) this.#bytes += sign * bytes
  }
}
