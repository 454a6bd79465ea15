import { type Adapter, AdapterRun, mappingMark, type SinkOutcome, toWireOutcome } from '@hms-sync/adapter/host'
import type { AdapterTest, WireEvent, WireOutcome } from '@hms-sync/client'
import { type FromWorker, markOf } from '../protocol.js'

/** Outcomes that make a message worth its wake-up while more are coming. */
const worthAMessage = 32

/** One adapter inside its worker: takes deliveries, has them mapped and sent, reports in batches. */
export class Lane {
  readonly run: AdapterRun
  readonly #id: number
  readonly #post: (message: FromWorker) => void
  #done: (number | string)[] = []
  #lastRequest: string | undefined
  #filtered: number[] = []
  #others: (readonly [number, WireOutcome])[] = []
  /** Deliveries that were taken and have not ended. */
  #atHand = 0
  #ended = 0
  /** How many had ended by the last turn of the loop; null: nothing is to be reported. */
  #before: number | null = null
  #closed = false

  constructor({ id, name }: { readonly id: number; readonly name: string }, adapter: Adapter, post: (message: FromWorker) => void) {
    this.#id = id
    this.run = new AdapterRun(adapter, name)
    this.#post = post
  }

  /** Slot, attempt and event text in turn; bounded by what the main thread has under way. */
  take(items: readonly (number | string)[]): void {
    this.#atHand += Math.floor(items.length / 3)
    for (let i = 0; i + 2 < items.length; i += 3) this.#deliver(items[i] as number, items[i + 1] as number, items[i + 2] as string)
  }

  /** What would be sent for these events, each a JSON text. */
  async test(events: readonly string[]): Promise<readonly AdapterTest[]> {
    const tests: AdapterTest[] = []
    for (const text of events) {
      const event = JSON.parse(text) as WireEvent
      tests.push({ event, sinks: await this.run.test(event) })
    }
    return tests
  }

  /** Ends what is under way; nothing is reported any more. */
  close(): void {
    this.#closed = true
    void this.run.close()
  }

  #deliver(slot: number, attempt: number, text: string): void {
    const event = JSON.parse(text) as WireEvent
    // Left in shared memory while the mapping runs: should it never come back, this says which event it was.
    mappingMark.set(markOf(this.#id, slot))
    this.run.deliver(event, attempt, (outcome, durationMs, filtered) => this.#report(slot, outcome, { durationMs, filtered }))
    mappingMark.set(0)
  }

  #report(slot: number, outcome: SinkOutcome, { durationMs, filtered }: { readonly durationMs: number; readonly filtered: boolean }): void {
    if (this.#closed) return
    this.#atHand--
    this.#ended++
    if (filtered) this.#filtered.push(slot)
    else if (outcome.outcome === 'done' && isPlain(outcome)) this.#reportDone(slot, durationMs, outcome)
    else this.#others.push([slot, toWireOutcome(outcome, durationMs, filtered)])
    if (this.#before !== null) return
    this.#before = 0
    setImmediate(this.#endTurn)
  }

  /**
   * What ends in one turn of the loop travels together; while turn after turn brings more, and what is at hand keeps the
   * system busy, a few turns do: each message wakes the thread that accepts events, which the system may be waiting for, too.
   */
  readonly #endTurn = (): void => {
    const more = this.#ended > this.#before!
    if (more && this.#ended < worthAMessage && this.#atHand >= this.run.concurrency) {
      this.#before = this.#ended
      setImmediate(this.#endTurn)
    } else this.#flush()
  }

  #reportDone(slot: number, durationMs: number, { status, detail }: SinkOutcome): void {
    const request = detail?.request
    this.#done.push(slot, durationMs, status ?? 0, request === this.#lastRequest ? 0 : (request ?? ''))
    this.#lastRequest = request
  }

  #flush(): void {
    this.#before = null
    this.#ended = 0
    this.#post({ op: 'outcomes', id: this.#id, done: this.#done, filtered: this.#filtered, others: this.#others })
    this.#done = []
    this.#filtered = []
    this.#others = []
    this.#lastRequest = undefined
  }
}

/** Nothing to tell beyond status and request, which is what nearly every delivery comes to. */
function isPlain({ detail }: SinkOutcome): boolean {
  if (detail === undefined) return true
  for (const name in detail) if (name !== 'request') return false
  return true
}
