import type { PublishResult } from '@hms-sync/client'

/** The results of one call, gathered as they come: one promise for all of them, since one an event would cost more than storing it. */
export class Answers {
  /** Resolves when every event has its result, in the order of the events. Never rejects. */
  readonly all: Promise<readonly PublishResult[]>
  readonly #results: PublishResult[]
  #left: number
  #resolve!: (results: readonly PublishResult[]) => void

  constructor(events: number) {
    this.#results = new Array<PublishResult>(events)
    this.#left = events
    this.all = new Promise((resolve) => {
      this.#resolve = resolve
    })
    if (events === 0) this.#resolve(this.#results)
  }

  /** The result of event `i`, once. */
  give(i: number, result: PublishResult): void {
    this.#results[i] = result
    if (--this.#left === 0) this.#resolve(this.#results)
  }
}
