import { matchesTopic, type SinkTest, type WireEvent } from '@hms-sync/client'
import type { Adapter, Route } from '../adapter.js'
import { idempotencyKey } from '../idempotency-key.js'
import { type Prepared, prepare } from '../mapping/prepare.js'
import { printable } from '../printable.js'
import type { SinkDelivery, SinkOutcome } from '../sink.js'
import { HalfDone } from './half-done.js'
import { SinkGate } from './sink-gate.js'

/** How a delivery to an adapter ended. `filtered`: no sink was for it, and nothing was sent. */
export type DeliveryEnded = (outcome: SinkOutcome, durationMs: number, filtered: boolean) => void

/** Events at work at once: what fills every sink, and no more than one message between threads should hold. */
const maxAtWork = 1_024
const maxRequestCharacters = 500

interface Way {
  readonly route: Route
  /** What its deliveries say of the adapter. */
  readonly adapter: string
  readonly gate: SinkGate
  readonly topics: Map<string, boolean>
}

/**
 * An adapter at work, wherever it runs: each event goes to every sink that takes it, in the order written, and its delivery
 * is done when all of them have it. A repeat passes over sinks that have it already, as long as this run remembers.
 */
export class AdapterRun {
  /** Events that it can have at work at once. */
  readonly concurrency: number
  readonly #ways: readonly Way[]
  readonly #stop = new AbortController()
  readonly #halfDone = new HalfDone()

  /** @param name The adapter's: what a target that keeps progress knows it by. */
  constructor({ routes }: Adapter, name: string) {
    const targets = new Map<string, number>()
    this.#ways = routes.map((route) => {
      const { target } = route.to
      const nth = (targets.get(target) ?? 0) + 1
      targets.set(target, nth)
      // Two sinks that write to the same place keep their progress apart.
      const adapter = nth === 1 ? name : `${name}#${nth}`
      return { route, adapter, gate: new SinkGate(route, this.#stop.signal), topics: new Map() }
    })
    this.concurrency = Math.min(
      maxAtWork,
      routes.reduce((sum, { concurrency, to }) => sum + concurrency * to.maxBatch, 0),
    )
  }

  /** One try of one event. `ended` is called once, unless the run is closed before. Never throws. */
  deliver(event: WireEvent, attempt: number, ended: DeliveryEnded): void {
    const [only] = this.#ways
    if (only === undefined || this.#ways.length > 1) {
      void this.#deliverToAll(event, attempt, ended)
      return
    }
    const prepared = prepare(only.route, event)
    if (prepared instanceof Promise) void prepared.then((ready) => pass(only, event, attempt, ready, ended))
    else pass(only, event, attempt, prepared, ended)
  }

  /** What each sink would be sent for this event. Sends nothing. Never throws. */
  async test(event: WireEvent): Promise<readonly SinkTest[]> {
    const tests: SinkTest[] = []
    for (const way of this.#ways) {
      const { route, topics } = way
      const { kind, target } = route.to
      if (!takesTopic(route, topics, event.topic))
        tests.push({ kind, target, verdict: 'skips', reason: `topics: ${event.topic} is not among them` })
      else tests.push({ kind, target, ...describe(way, event, await prepare(route, structuredClone(event))) })
    }
    return tests
  }

  /** Ends what is under way. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort()
    for (const { gate } of this.#ways) gate.close()
    await Promise.allSettled([...new Set(this.#ways.map(({ route }) => route.to))].map((sink) => sink.close()))
  }

  async #deliverToAll(event: WireEvent, attempt: number, ended: DeliveryEnded): Promise<void> {
    const done = new Set(this.#halfDone.of(event))
    const sent: SinkOutcome[] = []
    let durationMs = 0
    for (const [i, way] of this.#ways.entries()) {
      if (done.has(i) || !takesTopic(way.route, way.topics, event.topic)) continue
      // A mapping may change what it is given; the next sink's must not see it.
      const own = i === 0 ? event : structuredClone(event)
      const prepared = await prepare(way.route, own)
      if (prepared.kind === 'skip') continue
      const { outcome, ms } = await new Promise<{ outcome: SinkOutcome; ms: number }>((resolve) =>
        pass(way, own, attempt, prepared, (outcome, ms) => resolve({ outcome, ms })),
      )
      durationMs += ms
      if (outcome.outcome !== 'done') {
        if (outcome.outcome === 'refused') this.#halfDone.forget(event)
        else this.#halfDone.set(event, done)
        return ended(outcome, durationMs, false)
      }
      done.add(i)
      sent.push(outcome)
    }
    this.#halfDone.forget(event)
    ended(together(sent), durationMs, done.size === 0)
  }
}

const skipped: SinkOutcome = { outcome: 'done' }

function pass({ gate, adapter }: Way, event: WireEvent, attempt: number, prepared: Prepared, ended: DeliveryEnded): void {
  if (prepared.kind === 'skip') return ended(skipped, 0, true)
  if (prepared.kind === 'refuse') return ended({ outcome: 'refused', reason: prepared.reason, detail: { errorClass: 'mapping' } }, 0, false)
  gate.send({ ...deliveryOf(event, prepared.value, attempt), adapter }, (outcome, durationMs) => ended(outcome, durationMs, false))
}

function deliveryOf(event: WireEvent, value: SinkDelivery['value'], attempt: number): SinkDelivery {
  return { event, value, attempt, idempotencyKey: idempotencyKey(event) }
}

/** Topics of the bus's own, such as its notices: only whoever names them gets them. */
const builtIn = 'hms.sync.'

function takesTopic({ topics }: Route, known: Map<string, boolean>, topic: string): boolean {
  if (topics.kind !== 'named') return !topic.startsWith(builtIn)
  if (topic.startsWith(builtIn)) return topics.patterns.includes(topic)
  let takes = known.get(topic)
  if (takes === undefined) {
    takes = topics.patterns.some((pattern) => matchesTopic(pattern, topic))
    known.set(topic, takes)
  }
  return takes
}

/** What the history keeps when several sinks took an event: all that was asked, and the last answer. */
function together(sent: readonly SinkOutcome[]): SinkOutcome {
  const last = sent.at(-1)
  if (last === undefined || sent.length === 1) return last ?? skipped
  const requests = sent.flatMap(({ detail }) => detail?.request ?? [])
  return { ...last, detail: { ...last.detail, request: requests.join(' + ').slice(0, maxRequestCharacters) } }
}

function describe({ route, adapter }: Way, event: WireEvent, prepared: Prepared) {
  if (prepared.kind === 'skip') return { verdict: 'skips', reason: prepared.reason } as const
  if (prepared.kind === 'refuse') return { verdict: 'refuses', reason: prepared.reason } as const
  try {
    const request = route.to.describe?.({ ...deliveryOf(event, prepared.value, 1), adapter }) ?? null
    // As JSON it is what is sent; expressions leave functions on their lists.
    return { verdict: 'sends', value: JSON.parse(JSON.stringify(prepared.value)) as SinkDelivery['value'], request } as const
  } catch (error) {
    return { verdict: 'refuses', reason: printable((error as Error).message, maxRequestCharacters) } as const
  }
}
