import assert from 'node:assert/strict'
import type { WireEvent } from '@hms-sync/client'
import { idempotencyKey } from '../idempotency-key.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../sink.js'
import { checkOutcome } from './check-outcome.js'
import { within } from './suite.js'
import type { TroubleName, Verdict } from './troubles.js'

/** What deliveries of the suite carry: the harness sets the other system up so that it can take and show it. */
export interface SinkValue {
  /** The record: a row, a file's line, a subject. */
  readonly key: string
  /** Names the event, in the system too. */
  readonly ref: string
  readonly text: string
}

/** A `text` that the other system refuses, where it can. */
export const badText = 'REFUSE ME'

export interface Impossible {
  /** Why, for the reader of the skipped case. */
  readonly impossible: string
}

/** How the suite gets at a sink and at the system behind it. Made anew for each case. */
export interface SinkHarness {
  /** A sink on a system that is healthy and empty. Called once. Its `timeoutMs` should be short: cases wait for it. */
  open(): Promise<Sink>
  /** A second sink of the same form on the same system, as after a restart. */
  reopen(): Promise<Sink>
  /** What really took effect in the system, in its order, one entry each time it did: not what the sink believes. */
  effects(): Promise<readonly SinkValue[]>
  /** Does the system refuse `badText`? */
  readonly refusesBadText: true | Impossible
  /** Puts the system into trouble; or says why it can have none of this kind. */
  readonly troubles: Readonly<Record<TroubleName, (() => Promise<void> | void) | Impossible>>
  /** Makes the system healthy again, with what it holds. */
  mend(): Promise<void>
  /** What must never be seen in an outcome, a description or a name. */
  readonly secrets: readonly string[]
  /** Stops and removes everything but the sinks, which the suite closes. */
  dispose(): Promise<void>
}

export interface Sent {
  readonly key?: string | null
  readonly text?: string
  /** Of the event's position: later ones are higher. Default: the next. */
  readonly place?: number
}

/** How much longer than `timeoutMs` a call may take on a busy machine. */
const slackMs = 5_000

/** One case's sink, with the words the cases are written in. Every outcome that passes through is checked for its form and for secrets. */
export class SinkBench {
  readonly harness: SinkHarness
  sink: Sink
  readonly #opened: Sink[] = []
  #sent = 0

  private constructor(harness: SinkHarness, sink: Sink) {
    this.harness = harness
    this.sink = sink
    this.#opened.push(sink)
  }

  static async open(harness: SinkHarness): Promise<SinkBench> {
    try {
      return new SinkBench(harness, await harness.open())
    } catch (error) {
      await harness.dispose()
      throw error
    }
  }

  /** Goes on with another sink on the same system. */
  async reopen(): Promise<void> {
    await this.sink.close()
    this.sink = await this.harness.reopen()
    this.#opened.push(this.sink)
  }

  /** A delivery of an event that is published now, behind those before it. */
  delivery({ key = 'k-1', text = 'approved', place }: Sent = {}): SinkDelivery {
    const number = place ?? ++this.#sent
    const ref = `e-${number}`
    const at = new Date(Date.UTC(2026, 10, 21, 10) + number * 1_000).toISOString()
    const event: WireEvent = {
      id: ref,
      topic: 'permits',
      type: 'permits',
      version: 1,
      ...(key === null ? {} : { key }),
      source: 'clerk',
      time: at,
      payload: { key, ref, text },
      qos: 'exactly_once',
      replayable_until: '2026-12-21T10:00:00.000Z',
      position: `0-${number}`,
      received: at,
    }
    return { event, value: { key: key ?? ref, ref, text }, attempt: 1, idempotencyKey: idempotencyKey(event) }
  }

  deliveries(count: number, sent: (i: number) => Sent = (i) => ({ key: `k-${i}` })): SinkDelivery[] {
    return Array.from({ length: count }, (_, i) => this.delivery(sent(i)))
  }

  /** Calls the sink as its host would. Fails when it throws, takes too long, or answers something that is no outcome. */
  async apply(deliveries: readonly SinkDelivery[], signal: AbortSignal = new AbortController().signal): Promise<readonly SinkOutcome[]> {
    const { sink } = this
    const call = sink.apply(deliveries, signal).catch((error: unknown) => {
      throw new Error(`apply threw, which leaves its host without an outcome: ${String(error)}`, { cause: error })
    })
    const outcomes = await within(call, sink.timeoutMs + slackMs, `an outcome, ${sink.timeoutMs} ms being the sink's own timeout`)
    assert.ok(Array.isArray(outcomes), 'apply answers a list')
    assert.equal(outcomes.length, deliveries.length, 'apply answers one outcome for each delivery')
    for (const outcome of outcomes) checkOutcome(outcome, this.harness.secrets)
    return outcomes
  }

  /** One delivery in a call of its own, and what became of it. */
  async send(delivery: SinkDelivery, signal?: AbortSignal): Promise<SinkOutcome> {
    const [outcome] = await this.apply([delivery], signal)
    return outcome!
  }

  /** Deliveries in order, in calls as large as the sink takes; all must be done. */
  async applyAll(deliveries: readonly SinkDelivery[]): Promise<void> {
    for (let i = 0; i < deliveries.length; i += this.sink.maxBatch) {
      const outcomes = await this.apply(deliveries.slice(i, i + this.sink.maxBatch))
      for (const outcome of outcomes) assert.equal(verdictOf(outcome), 'done', JSON.stringify(outcome))
    }
  }

  /** @throws unless exactly these took effect, each once, in this order where they share a key. */
  async expectEffects(...deliveries: readonly SinkDelivery[]): Promise<void> {
    const seen = await this.harness.effects()
    const byRef = (one: SinkValue, other: SinkValue): number => (one.ref < other.ref ? -1 : 1)
    assert.deepEqual([...seen].sort(byRef), deliveries.map(({ value }) => value as unknown as SinkValue).sort(byRef))
    for (const key of new Set(seen.map((effect) => effect.key))) {
      const order = (values: readonly SinkValue[]): string[] => values.filter((one) => one.key === key).map((one) => one.ref)
      const wanted = order(deliveries.map(({ value }) => value as unknown as SinkValue))
      assert.deepEqual(order(seen), wanted, `the order of ${JSON.stringify(key)}`)
    }
  }

  /** How often the event took effect. */
  async timesApplied({ event }: SinkDelivery): Promise<number> {
    return (await this.harness.effects()).filter(({ ref }) => ref === event.id).length
  }

  async dispose(): Promise<void> {
    try {
      for (const sink of this.#opened) await within(sink.close(), slackMs, 'a sink to close')
    } finally {
      await this.harness.dispose()
    }
  }
}

export function verdictOf(outcome: SinkOutcome): Verdict {
  return outcome.outcome === 'retry' ? `retry ${outcome.scope}` : outcome.outcome
}

/** The same delivery at a later try. */
export function again(delivery: SinkDelivery): SinkDelivery {
  return { ...delivery, attempt: delivery.attempt + 1 }
}
