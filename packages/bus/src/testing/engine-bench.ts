import assert from 'node:assert/strict'
import type { Batch, Engine, TopicLog } from '../engines/engine.js'
import type { LogEvent, Offset, StoredEvent } from '../event.js'
import { within } from './suite.js'

/** How the suite gets at an engine. Made anew for each case. */
export interface EngineHarness {
  /** Opens the engine on a log that is empty. Called once. */
  open(): Promise<Engine>
  /** Closes the engine cleanly and opens it again on the same log. */
  reopen(): Promise<Engine>
  /** Opens the engine on what is left after an abrupt end; or says why that cannot be done. */
  readonly crash: (() => Promise<Engine>) | { readonly impossible: string }
  /** How long to wait for what must come, ms. Default 10,000. */
  readonly patienceMs?: number
  /** Closes and removes everything. */
  dispose(): Promise<void>
}

let topics = 0

/** One case's engine, with the words the cases are written in. */
export class EngineBench {
  readonly #harness: EngineHarness
  readonly patienceMs: number
  engine: Engine

  private constructor(harness: EngineHarness, engine: Engine) {
    this.#harness = harness
    this.engine = engine
    this.patienceMs = harness.patienceMs ?? 10_000
  }

  static async open(harness: EngineHarness): Promise<EngineBench> {
    return new EngineBench(harness, await harness.open())
  }

  async reopen(): Promise<void> {
    this.engine = await this.#harness.reopen()
  }

  async crash(): Promise<void> {
    const { crash } = this.#harness
    assert(typeof crash === 'function')
    this.engine = await crash.call(this.#harness)
  }

  get cannotCrash(): string | null {
    return typeof this.#harness.crash === 'function' ? null : this.#harness.crash.impossible
  }

  get cannotTrim(): string | null {
    return this.engine.can.trimsOnRequest ? null : `${this.engine.can.name} trims by itself, by retention`
  }

  dispose(): Promise<void> {
    return this.#harness.dispose()
  }

  /** A topic of its own, ensured. */
  async topic(partitions = 1): Promise<string> {
    const name = `suite-${process.pid}-${++topics}`
    await this.engine.ensureTopic(this.topicLog(name, partitions))
    return name
  }

  topicLog(name: string, partitions = 1): TopicLog {
    return { name, partitions, retentionMs: 7 * 24 * 3_600_000 }
  }

  /** Appends one batch and answers it. */
  async append(topic: string, events: readonly LogEvent[], partition = 0): Promise<readonly LogEvent[]> {
    await within(this.engine.append(topic, partition, events), this.patienceMs, 'an append to become durable')
    return events
  }

  /** Where reading starts. */
  async start(topic: string, partition = 0): Promise<Offset> {
    const spans = await this.engine.span(topic)
    return spans[partition]!.first
  }

  /** Reads until `count` events are there, and answers just these. @throws when they do not come. */
  async take(topic: string, count: number, from?: Offset, partition = 0): Promise<readonly StoredEvent[]> {
    const events: StoredEvent[] = []
    for await (const batch of this.batches(topic, from ?? (await this.start(topic, partition)), partition)) {
      events.push(...batch.events)
      if (events.length >= count) break
    }
    return events.slice(0, count).map(plain)
  }

  /** Reads batches, each of which must come in time. The read ends when the caller breaks off. */
  async *batches(topic: string, from: Offset, partition = 0): AsyncGenerator<Batch, void, undefined> {
    const stop = new AbortController()
    const reading = this.engine.read(topic, partition, from, stop.signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = await within(reading.next(), this.patienceMs, `a batch of ${topic} from ${from} on`)
        if (done === true) return
        yield value
      }
    } finally {
      stop.abort()
      await within(Promise.resolve(reading.return?.()), this.patienceMs, 'a read to end when its signal aborts')
    }
  }

  /** Reads and expects an error of the given kind before any event comes. */
  async failure<E extends Error>(topic: string, from: Offset, kind: new (...args: never[]) => E, partition = 0): Promise<E> {
    let error: unknown
    try {
      for await (const { events } of this.batches(topic, from, partition))
        assert.fail(`Expected ${kind.name}, got the event at ${events[0]?.offset}.`)
    } catch (thrown) {
      error = thrown
    }
    assert(error instanceof kind, `Expected ${kind.name}, got ${String(error)}`)
    return error
  }
}

/** Events `e0`, `e1`, …, received a second apart from `received` on. */
export function events(count: number, options: { readonly from?: number; readonly received?: number } = {}): LogEvent[] {
  const from = options.from ?? 0
  const received = options.received ?? 1_700_000_000_000
  return Array.from({ length: count }, (_, i) => event(from + i, { received: received + (from + i) * 1_000 }))
}

export function event(number: number, also: Partial<LogEvent> = {}): LogEvent {
  const id = `e${number}`
  return {
    id,
    source: 'suite',
    key: `k${number % 7}`,
    received: 1_700_000_000_000,
    body: `{"id":"${id}","payload":{"n":${number}}}`,
    ...also,
  }
}

/** The same events in the same order, each with all it was given. */
export function assertEvents(got: readonly StoredEvent[], sent: readonly LogEvent[]): void {
  assert.deepEqual(
    got.map((one) => contentOf(one)),
    sent.map((one) => contentOf(one)),
  )
  for (const [i, { offset }] of got.entries()) {
    if (i > 0) assert(offset > got[i - 1]!.offset, `Offset ${offset} follows ${got[i - 1]!.offset}.`)
  }
}

/** An engine may answer objects of its own: what counts is what their fields say. */
function plain(stored: StoredEvent): StoredEvent {
  return { ...contentOf(stored), offset: stored.offset }
}

function contentOf({ id, source, key, received, body }: LogEvent): LogEvent {
  return { id, source, key, received, body }
}

export function ids(from: readonly LogEvent[]): string[] {
  return from.map(({ id }) => id)
}
