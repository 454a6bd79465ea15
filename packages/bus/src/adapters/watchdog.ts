import type { Clock, Timer } from '../clock.js'
import { beats, blocked, pulseLength } from './protocol.js'

/** Looks at the pulse in each watchdog time: a worker must miss all of them, so that a process that slept is not mistaken for one that hangs. */
const looks = 5
/** A disk may stall for longer than a mapping may loop, though not for ever. */
const patienceWhenBlocked = 12

/**
 * Watches the pulse of a worker. A thread whose event loop does not come round, because a mapping loops for ever, cannot
 * answer anything and cannot be asked: the count in shared memory that it no longer raises is the only sign.
 */
export class Watchdog {
  readonly pulse = new Int32Array(new SharedArrayBuffer(pulseLength * Int32Array.BYTES_PER_ELEMENT))
  readonly beatMs: number
  readonly #clock: Clock
  readonly #lookMs: number
  readonly #onSilence: () => void
  #seen = 0
  #missed = 0
  #timer: Timer | undefined

  /** Calls `onSilence` once, when there was no beat for about `timeoutMs`; for twelve times that while a sink holds the thread. */
  constructor(clock: Clock, timeoutMs: number, onSilence: () => void) {
    this.#clock = clock
    this.#lookMs = timeoutMs / looks
    this.beatMs = this.#lookMs / 2
    this.#onSilence = onSilence
    this.#timer = clock.after(this.#lookMs, () => this.#look())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    const count = Atomics.load(this.pulse, beats)
    // Before its first beat a worker is still starting, which the time for loading bounds.
    this.#missed = count === this.#seen && count !== 0 ? this.#missed + 1 : 0
    this.#seen = count
    const most = Atomics.load(this.pulse, blocked) === 1 ? looks * patienceWhenBlocked : looks
    if (this.#missed >= most) {
      this.stop()
      this.#onSilence()
      return
    }
    this.#timer = this.#clock.after(this.#lookMs, () => this.#look())
  }
}
