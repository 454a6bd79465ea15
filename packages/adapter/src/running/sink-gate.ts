import type { Route } from '../adapter.js'
import { printableThrown } from '../printable.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../sink.js'
import { Deadlines, type Expiring } from '../sinks/deadlines.js'

/** How one try ended, and how long it took. */
export type Ended = (outcome: SinkOutcome, durationMs: number) => void

interface Waiting {
  readonly delivery: SinkDelivery
  readonly ended: Ended
}

const maxReasonCharacters = 500
/** Deliveries remembered whose last try may have been applied. */
const maxInDoubt = 10_000
/** What a sink gets beyond its own time before it is taken to have forgotten the call. */
const graceMs = 1_000

/**
 * The way into one sink: as many calls at once as are allowed, each with as many deliveries as wait and fit. Asks the sink
 * what became of a delivery that may have been applied, at once and before it is sent again. Never throws.
 */
export class SinkGate {
  readonly #sink: Sink
  readonly #concurrency: number
  readonly #signal: AbortSignal
  readonly #deadlines: Deadlines<Call>
  readonly #inDoubt = new Set<string>()
  #waiting: Waiting[] = []
  #calls = 0
  #gathering = false

  constructor(route: Pick<Route, 'to' | 'concurrency'>, signal: AbortSignal) {
    this.#sink = route.to
    this.#concurrency = route.concurrency
    this.#signal = signal
    this.#deadlines = new Deadlines(route.to.timeoutMs + graceMs)
  }

  send(delivery: SinkDelivery, ended: Ended): void {
    this.#waiting.push({ delivery, ended })
    if (this.#sink.maxBatch === 1) this.#pump()
    else this.#gather()
  }

  /** Nothing is sent any more; what is under way ends by the signal. */
  close(): void {
    this.#waiting = []
    this.#deadlines.close()
  }

  /** Deliveries that come in one turn of the loop travel together. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    setImmediate(() => {
      this.#gathering = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#calls < this.#concurrency && this.#waiting.length > 0 && !this.#signal.aborted) {
      const batch = this.#waiting.splice(0, this.#sink.maxBatch)
      this.#calls++
      const call = new Call(batch, (outcomes) => this.#over(call, outcomes))
      this.#deadlines.add(call)
      this.#run(call)
    }
  }

  #run(call: Call): void {
    const { batch } = call
    if (this.#sink.probe !== undefined && batch.some(({ delivery }) => this.#isDoubtful(delivery))) {
      void this.#sendUnlessApplied(call)
      return
    }
    this.#apply(batch.map(({ delivery }) => delivery)).then(
      (outcomes) => call.end(outcomes),
      () => {},
    )
  }

  #isDoubtful(delivery: SinkDelivery): boolean {
    return delivery.attempt > 1 || this.#inDoubt.has(delivery.idempotencyKey)
  }

  /** A repeat asks first: the try before may have been applied without an answer. */
  async #sendUnlessApplied(call: Call): Promise<void> {
    const applied = await Promise.all(
      call.batch.map(async ({ delivery }) => this.#isDoubtful(delivery) && (await this.#probe(delivery)) === 'applied'),
    )
    const open = call.batch.filter((_, i) => applied[i] !== true)
    const outcomes = open.length === 0 ? [] : [...(await this.#apply(open.map(({ delivery }) => delivery)))]
    call.end(applied.map((is): SinkOutcome => (is ? { outcome: 'done' } : outcomes.shift()!)))
  }

  /** One outcome each, whatever the sink does. */
  async #apply(deliveries: readonly SinkDelivery[]): Promise<readonly SinkOutcome[]> {
    let outcomes: readonly SinkOutcome[]
    try {
      outcomes = await this.#sink.apply(deliveries, this.#signal)
    } catch (error) {
      const reason = `the sink "${this.#sink.kind}" failed: ${printableThrown(error, maxReasonCharacters)}`
      outcomes = deliveries.map(() => ({ outcome: 'unknown', reason, detail: { errorClass: 'sink' } }))
    }
    const nothing: SinkOutcome = {
      outcome: 'unknown',
      reason: `the sink "${this.#sink.kind}" gave no outcome`,
      detail: { errorClass: 'sink' },
    }
    if (outcomes.length === deliveries.length && !outcomes.some(isUnknown)) return outcomes
    return Promise.all(deliveries.map((delivery, i) => this.#resolved(delivery, outcomes[i] ?? nothing)))
  }

  async #resolved(delivery: SinkDelivery, outcome: SinkOutcome): Promise<SinkOutcome> {
    if (outcome.outcome !== 'unknown') return outcome
    const answer = await this.#probe(delivery)
    if (answer === 'applied') return { ...outcome, outcome: 'done' }
    if (answer === 'absent')
      return { ...outcome, outcome: 'retry', scope: 'event', reason: `${outcome.reason}; the system does not have it` }
    return outcome
  }

  async #probe(delivery: SinkDelivery): Promise<'applied' | 'absent' | 'unknown'> {
    if (this.#sink.probe === undefined || this.#signal.aborted) return 'unknown'
    return this.#sink.probe(delivery, this.#signal).catch(() => 'unknown' as const)
  }

  #over(call: Call, outcomes: readonly SinkOutcome[]): void {
    this.#deadlines.remove(call)
    this.#calls--
    if (this.#sink.probe !== undefined) this.#remember(call.batch, outcomes)
    this.#pump()
  }

  #remember(batch: readonly Waiting[], outcomes: readonly SinkOutcome[]): void {
    for (const [i, { delivery }] of batch.entries()) {
      this.#inDoubt.delete(delivery.idempotencyKey)
      if (outcomes[i]?.outcome === 'unknown') this.#inDoubt.add(delivery.idempotencyKey)
    }
    for (const oldest of this.#inDoubt) {
      if (this.#inDoubt.size <= maxInDoubt) break
      this.#inDoubt.delete(oldest)
    }
  }
}

function isUnknown({ outcome }: SinkOutcome): boolean {
  return outcome === 'unknown'
}

/** One call of a sink, which ends once: by its outcomes, or when it has taken far too long. */
class Call implements Expiring {
  place = 0
  readonly batch: readonly Waiting[]
  readonly #over: (outcomes: readonly SinkOutcome[]) => void
  readonly #started = performance.now()
  #ended = false

  constructor(batch: readonly Waiting[], over: (outcomes: readonly SinkOutcome[]) => void) {
    this.batch = batch
    this.#over = over
  }

  end(outcomes: readonly SinkOutcome[]): void {
    if (this.#ended) return
    this.#ended = true
    const durationMs = Math.round((performance.now() - this.#started) * 100) / 100
    // Before anybody is told: whoever is told may send the next one.
    this.#over(outcomes)
    for (let i = 0; i < this.batch.length; i++) this.batch[i]!.ended(outcomes[i]!, durationMs)
  }

  expire(): void {
    const reason = 'the sink did not come back in its time; it may have been applied'
    this.end(this.batch.map(() => ({ outcome: 'unknown', reason, detail: { errorClass: 'timeout' } })))
  }
}
