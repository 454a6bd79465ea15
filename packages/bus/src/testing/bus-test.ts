import type { DeliveryPolicy, Json, PublishResult, WireEvent, WireOutcome } from '@hms-sync/client'
import { SyncBus } from '../bus.js'
import type { Delivery, Membership, Receiver } from '../delivery/receiver.js'
import type { Engine } from '../engines/engine.js'
import { type Log, silentLog } from '../observe/log.js'
import type { BusConfig, Project, TopicConfig } from '../registry/config.js'
import { defaultTopic } from '../registry/default-topic.js'
import { Environment } from '../registry/environment.js'
import type { Store } from '../store/store.js'
import { ManualClock } from './manual-clock.js'

/** An engine and a store over the same place, opened again and again. */
export interface BusStorage {
  /** Opens what is there; one at a time. */
  open(): Promise<{ readonly engine: Engine; readonly store: Store; close(): Promise<void> }>
  /** Removes the place. */
  dispose(): Promise<void>
}

export type TopicOptions = Partial<Omit<TopicConfig, 'name'>>

/** One conformance case at work: a bus over some engine and store, with a clock that the case moves. */
export class BusTest {
  readonly clock = new ManualClock()
  readonly topics: Record<string, TopicOptions> = {}
  /** Lines of warning or error that the bus has said. */
  readonly said: string[] = []
  bus!: SyncBus
  readonly #storage: BusStorage
  #open: Awaited<ReturnType<BusStorage['open']>> | null = null

  constructor(storage: BusStorage) {
    this.#storage = storage
  }

  /** Starts the bus with these topics; a second start restarts it over the same data. */
  async start(
    topics: Record<string, TopicOptions> = this.topics,
    options: {
      readonly dev?: boolean
      readonly acceptLoss?: readonly string[]
      readonly maxRedriving?: number
      readonly maxHeldKeys?: number
    } = {},
  ): Promise<SyncBus> {
    Object.assign(this.topics, topics)
    const open = await this.#storage.open()
    this.#open = open
    const log: Log = { ...silentLog, warn: (_fields, text) => this.said.push(text), error: (_fields, text) => this.said.push(text) }
    const project = projectOf(topics, options.dev ?? false)
    try {
      const { dev: _dev, acceptLoss, ...bounds } = options
      this.bus = await SyncBus.open({ ...bounds, project, engine: open.engine, store: open.store, clock: this.clock, log }, acceptLoss)
    } catch (error) {
      await open.close()
      this.#open = null
      throw error
    }
    return this.bus
  }

  /** Stops cleanly and starts again over the same data. */
  async restart(topics?: Record<string, TopicOptions>): Promise<SyncBus> {
    await this.stop()
    return this.start(topics)
  }

  /** Starts again without a clean stop: what was not durable is gone. */
  async crash(): Promise<SyncBus> {
    await this.#open?.close()
    this.#open = null
    return this.start()
  }

  async stop(): Promise<void> {
    if (this.#open === null) return
    await this.bus.close()
    await this.#open.close()
    this.#open = null
  }

  async dispose(): Promise<void> {
    await this.stop()
    await this.#storage.dispose()
  }

  project(topics: Record<string, TopicOptions>): Project {
    return projectOf(topics, false)
  }

  async publish(
    topic: string,
    payload: Json,
    options: { readonly id?: string; readonly key?: string; readonly as?: string } = {},
  ): Promise<PublishResult> {
    const { as = 'clerk', ...envelope } = options
    const [result] = await this.bus.publish({ name: as }, topic, [{ ...envelope, payload }])
    return result!
  }

  /** Publishes `{ n }` for each number, one after the other. */
  async publishAll(topic: string, numbers: readonly number[], key?: (n: number) => string): Promise<void> {
    await this.bus.publish(
      { name: 'clerk' },
      topic,
      numbers.map((n) => ({ payload: { n }, id: `${topic}-${n}`, ...(key === undefined ? {} : { key: key(n) }) })),
    )
  }

  async join(
    group: string,
    topics: readonly string[] | null,
    options: { readonly want?: number; readonly from?: string; readonly ackTimeoutMs?: number; readonly policy?: DeliveryPolicy } = {},
  ): Promise<TestMember> {
    const { want = 1_000, ...rest } = options
    const member = new TestMember(this.bus, group)
    member.membership = await this.bus.join({ name: group }, { group, topics, ...rest }, member)
    if (want > 0) member.membership.ready(want)
    return member
  }

  /** Everything there is in the topic now, read without a group. */
  async read(
    topic: string,
    options: { readonly since?: string; readonly after?: string; readonly key?: string } = { since: 'all' },
  ): Promise<WireEvent[]> {
    const events: WireEvent[] = []
    for await (const batch of this.bus.read(
      { name: 'reader' },
      { topic, ...options, untilNow: true, signal: new AbortController().signal },
    )) {
      if ('events' in batch) for (const event of batch.events) events.push(JSON.parse(event.wire))
    }
    return events
  }
}

/** A member that keeps what it receives until the case takes it. */
export class TestMember implements Receiver {
  readonly gaps: { readonly topic: string; readonly first: bigint; readonly last: bigint }[] = []
  readonly received: Delivery[] = []
  membership!: Membership
  over: Error | null = null
  readonly #bus: SyncBus
  readonly #group: string
  #taken = 0
  #wake: (() => void) | null = null

  constructor(bus: SyncBus, group: string) {
    this.#bus = bus
    this.#group = group
  }

  receive(deliveries: readonly Delivery[]): void {
    this.received.push(...deliveries)
    this.#wake?.()
  }
  gap(gap: { readonly topic: string; readonly first: bigint; readonly last: bigint }): void {
    this.gaps.push(gap)
    this.#wake?.()
  }
  ended(error: Error): void {
    this.over = error
    this.#wake?.()
  }

  /** Received and not taken by the case yet. */
  get waiting(): number {
    return this.received.length - this.#taken
  }

  /** The next delivery, once it is there. */
  async next(): Promise<Delivery> {
    await this.until(() => this.waiting > 0)
    return this.received[this.#taken++]!
  }

  async take(n: number): Promise<Delivery[]> {
    const taken: Delivery[] = []
    while (taken.length < n) taken.push(await this.next())
    return taken
  }

  /** Waits until `condition` holds; it is looked at whenever something comes. Fails after five seconds. */
  async until(condition: () => boolean): Promise<void> {
    const giveUp = Date.now() + 5_000
    while (!condition()) {
      if (Date.now() > giveUp) throw new Error(`${this.#group} waited in vain; it has received ${this.received.length} deliveries.`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async done(...deliveries: readonly Delivery[]): Promise<readonly string[]> {
    return this.#bus.settle(
      this.#group,
      deliveries.map(({ token }) => ({ token, outcome: { outcome: 'done' } })),
    )
  }

  /** Settles with any outcome. */
  async settle(delivery: Delivery, outcome: WireOutcome): Promise<void> {
    await this.#bus.settle(this.#group, [{ token: delivery.token, outcome }])
  }

  async nack(
    delivery: Delivery,
    options: { readonly delayMs?: number; readonly reason?: string } = { delayMs: 0 },
  ): Promise<readonly string[]> {
    return this.#bus.settle(this.#group, [{ token: delivery.token, outcome: { outcome: 'retry', ...options } }])
  }
}

/** The `n` of each payload. */
export function numbers(deliveries: readonly Delivery[]): number[] {
  return deliveries.map(({ event }) => (JSON.parse(event.wire) as { payload: { n: number } }).payload.n)
}

export function wireOf(delivery: Delivery): WireEvent {
  return JSON.parse(delivery.event.wire)
}

function projectOf(topics: Record<string, TopicOptions>, dev: boolean): Project {
  const setting = <T>(value: T) => ({ value, from: 'default', where: '' }) as const
  const config: BusConfig = {
    folder: '.',
    data: setting('.'),
    host: setting('127.0.0.1'),
    port: setting(0),
    engine: setting('embedded'),
    logLevel: setting('silent'),
    dev,
    limits: { maxBodyBytes: 1_048_576, maxJsonDepth: 32, maxBatchEvents: 1_000, maxConnections: 1_000, stallTimeoutMs: 30_000 },
    notices: { windowMs: 600_000, lag: { events: 100_000, ageMs: 3_600_000 } },
    history: { triesMs: 7 * 86_400_000, deadLettersMs: 90 * 86_400_000 },
  }
  return {
    config,
    topics: Object.entries(topics).map(([name, options]) => ({ ...defaultTopic(name), ...options })),
    adapterFiles: [],
    remarks: [],
    environment: new Environment({}),
  }
}
