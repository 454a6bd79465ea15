import type { LogEvent } from '../event.js'
import type { Location } from './dedupe/dedupe-window.js'

/** A publish that waits for the tail to show its event. */
export class Awaited {
  readonly event: LogEvent
  /** Where the event lies, once the tail has shown it; rejects when it surely will not. */
  readonly shown: Promise<Location>
  #show!: (at: Location) => void
  #fail!: (error: unknown) => void

  constructor(event: LogEvent) {
    this.event = event
    this.shown = new Promise((resolve, reject) => {
      this.#show = resolve
      this.#fail = reject
    })
  }

  show(at: Location): void {
    this.#show(at)
  }

  fail(error: unknown): void {
    this.#fail(error)
  }
}
