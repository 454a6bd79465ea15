import { Answer } from '../answer.js'
import type { Problem } from '../errors.js'
import { fromProblem, SyncError } from '../errors.js'
import { Deadlines, type Expiring } from '../timing/deadlines.js'
import { monotonicMs } from '../timing/tick.js'
import type { GroupOutcome } from '../wire.js'
import type { PublisherHome } from './publisher.js'

/** The bus answers when the time is up; its answer may take so long to get here. */
const travelMs = 3_000
/** The bus ends a connection on which 10,000 frames have no answer: this leaves room for publishes and acknowledgements. */
const maxWaiting = 8_000

/** An event that is stored, of which somebody wants to know what became of it. */
export interface Stored {
  readonly topic: string
  readonly id: string
  readonly position: string
}

interface Waiting extends Stored, Expiring {
  /** Monotonic ms: until then the bus may wait. */
  readonly until: number
  readonly answer: Answer<readonly GroupOutcome[]>
  ref: number
  /** Lets go of the caller's signal. */
  release(): void
}

/** Asks the bus what its groups made of single events, again after a reconnect, until it answers. */
export class OutcomeDesk {
  readonly #home: PublisherHome
  readonly #waiting = new Map<number, Waiting>()
  readonly #deadlines = new Deadlines<Waiting>((waiting) => this.#fail(waiting, lost('the connection to the bus was lost meanwhile')))
  #over: SyncError | undefined
  #idle: (() => void)[] = []

  constructor(home: PublisherHome) {
    this.#home = home
  }

  get pending(): number {
    return this.#waiting.size
  }

  /** What every group made of it, once all are through or after `timeoutMs`. Rejects when the bus cannot be asked: the event is stored all the same. */
  wait(stored: Stored, timeoutMs: number, signal?: AbortSignal): Promise<readonly GroupOutcome[]> {
    const answer = new Answer<readonly GroupOutcome[]>(this.#home.report)
    const until = monotonicMs() + timeoutMs
    const ref = this.#home.nextRef()
    const waiting: Waiting = { ...stored, until, deadline: until + travelMs, place: -1, answer, ref, release: () => {} }
    const abort = () => this.#fail(waiting, () => signal?.reason as Error)
    this.#add(waiting)
    if (this.#over !== undefined) this.#fail(waiting, lost(this.#over.message))
    else if (signal?.aborted) abort()
    else if (this.#waiting.size > maxWaiting)
      this.#fail(waiting, lost(`${maxWaiting} events are waited for already, as many as one connection can`))
    else {
      signal?.addEventListener('abort', abort, { once: true })
      waiting.release = () => signal?.removeEventListener('abort', abort)
      this.#send(waiting)
    }
    return answer.promise
  }

  /** A new connection stands: everything is asked again. */
  welcomed(): void {
    for (const waiting of [...this.#waiting.values()]) {
      this.#waiting.delete(waiting.ref)
      waiting.ref = this.#home.nextRef()
      this.#waiting.set(waiting.ref, waiting)
      this.#send(waiting)
    }
  }

  answered(ref: number, outcomes: readonly GroupOutcome[]): void {
    const waiting = this.#waiting.get(ref)
    if (waiting === undefined) return
    this.#finish(waiting)
    waiting.answer.resolve(outcomes)
  }

  /** True when the ref was one of ours. */
  failed(ref: number, problem: Problem): boolean {
    const waiting = this.#waiting.get(ref)
    if (waiting === undefined) return false
    // A bus that shuts down closes this connection next; the one after it is asked again.
    if (problem.code !== 'shutting_down') this.#fail(waiting, lost(fromProblem(problem).message))
    return true
  }

  /** Rejects everything, now and later. */
  fail(error: SyncError): void {
    this.#over = error
    for (const waiting of [...this.#waiting.values()]) this.#fail(waiting, lost(error.message))
  }

  /** Resolves when nothing is waited for. */
  idle(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #add(waiting: Waiting): void {
    this.#waiting.set(waiting.ref, waiting)
    this.#deadlines.add(waiting)
    if (this.#waiting.size === 1) this.#home.changed()
  }

  #send({ ref, topic, position, until }: Waiting): void {
    const link = this.#home.link()
    if (link.up) link.send({ op: 'outcomes', ref, topic, position, timeoutMs: Math.max(0, Math.round(until - monotonicMs())) })
  }

  #fail(waiting: Waiting, reason: (stored: Stored) => Error): void {
    this.#finish(waiting)
    waiting.answer.fail(reason(waiting))
  }

  #finish(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting.ref)) return
    this.#deadlines.delete(waiting)
    waiting.release()
    if (this.pending > 0) return
    this.#home.changed()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function lost(why: string): (stored: Stored) => SyncError {
  const what = ({ id, topic, position }: Stored) => `The event "${id}" is stored on ${topic} at ${position}`
  return (stored) =>
    new SyncError('timeout', `${what(stored)}; what became of it is not known: ${why}. See \`hms-sync trace ${stored.id}\`.`)
}
