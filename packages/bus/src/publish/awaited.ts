import type { LogEvent } from '../event.js'
import type { Location } from './dedupe/dedupe-window.js'

/** Hears where the event lies once the tail has shown it, or why it surely will not. */
export type Shown = (at: Location | null, error: unknown) => void

/** Whoever waits for several events, each known by its number. */
export interface Hearer {
  heard(number: number, event: LogEvent, at: Location | null, error: unknown): void
}

/** A publish that waits for the tail to show its event. No promise and no closure an event, for these are what the way in would spend most on. */
export class Awaited {
  readonly event: LogEvent
  readonly #hearer: Hearer
  readonly #number: number
  #followers: Shown[] | null = null
  #isTold = false
  #at: Location | null = null
  #error: unknown = null

  constructor(event: LogEvent, hearer: Hearer, number: number) {
    this.event = event
    this.#hearer = hearer
    this.#number = number
  }

  /** The same id came once more: it hears what the first one hears, after it; at once if that is over. */
  follow(shown: Shown): void {
    if (this.#isTold) {
      shown(this.#at, this.#error)
      return
    }
    this.#followers ??= []
    this.#followers.push(shown)
  }

  show(at: Location): void {
    this.#tell(at, null)
  }

  fail(error: unknown): void {
    this.#tell(null, error)
  }

  #tell(at: Location | null, error: unknown): void {
    this.#isTold = true
    this.#at = at
    this.#error = error
    this.#hearer.heard(this.#number, this.event, at, error)
    if (this.#followers !== null) for (const follower of this.#followers) follower(at, error)
  }
}
