import { deliver, type Route, type SinkOutcome, toWireOutcome } from '@hms-sync/adapter/host'
import type { WireEvent, WireOutcome } from '@hms-sync/client'
import { type FromWorker, mappingAdapter, mappingSlot } from '../protocol.js'

/** Entries that are through and still in the list of what waits, before they are cut off together. */
const compactAt = 1_024

/** One adapter inside its worker: takes deliveries, runs as many at once as its sink allows, reports in batches. */
export class Lane {
  readonly #id: number
  readonly #route: Route
  readonly #pulse: Int32Array
  readonly #post: (message: FromWorker) => void
  readonly #stop = new AbortController()
  /** Slot, attempt and event text in turn; bounded by what the main thread has under way. */
  #waiting: (number | string)[] = []
  #next = 0
  #running = 0
  #done: number[] = []
  #others: (readonly [number, WireOutcome])[] = []
  #reporting = false

  constructor(id: number, route: Route, pulse: Int32Array, post: (message: FromWorker) => void) {
    this.#id = id
    this.#route = route
    this.#pulse = pulse
    this.#post = post
  }

  take(items: readonly (number | string)[]): void {
    if (this.#next >= compactAt) {
      this.#waiting.splice(0, this.#next)
      this.#next = 0
    }
    for (const item of items) this.#waiting.push(item)
    this.#pump()
  }

  /** Ends what is under way; nothing is reported any more. */
  close(): void {
    this.#stop.abort()
    this.#waiting = []
    this.#next = 0
    void this.#route.to.close()
  }

  #pump(): void {
    while (this.#running < this.#route.to.concurrency && this.#next < this.#waiting.length) {
      const slot = this.#waiting[this.#next++] as number
      const attempt = this.#waiting[this.#next++] as number
      const text = this.#waiting[this.#next++] as string
      this.#waiting[this.#next - 1] = ''
      this.#running++
      void this.#run(slot, attempt, text)
    }
  }

  async #run(slot: number, attempt: number, text: string): Promise<void> {
    const event = JSON.parse(text) as WireEvent
    // Left in shared memory while the mapping runs: should it never come back, this says which event it was.
    Atomics.store(this.#pulse, mappingAdapter, this.#id)
    Atomics.store(this.#pulse, mappingSlot, slot + 1)
    const outcome = deliver(this.#route, event, attempt, this.#stop.signal)
    Atomics.store(this.#pulse, mappingSlot, 0)
    this.#report(slot, await outcome)
    this.#running--
    this.#pump()
  }

  #report(slot: number, outcome: SinkOutcome): void {
    if (this.#stop.signal.aborted) return
    if (outcome.outcome === 'done') this.#done.push(slot)
    else this.#others.push([slot, toWireOutcome(outcome)])
    if (this.#reporting) return
    this.#reporting = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#reporting = false
    this.#post({ op: 'outcomes', id: this.#id, done: this.#done, others: this.#others })
    this.#done = []
    this.#others = []
  }
}
