import { type AdapterInfo, type SettleResult, SyncError, type WireOutcome } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Clock } from '../clock.js'
import type { Delivery, Membership, Receiver, Settlement } from '../delivery/receiver.js'
import type { Log } from '../observe/log.js'
import { AdapterTally } from './adapter-tally.js'
import { eachDone, type FromWorker, type Loaded } from './protocol.js'

/** What adapters need of the bus. */
export type AdapterBus = Pick<SyncBus, 'join' | 'settle' | 'topicConfigs' | 'notices' | 'read'>

export interface HostedAdapterParts {
  readonly bus: AdapterBus
  readonly log: Log
  readonly clock: Clock
}

/** The adapter's place in its worker: slot, attempt and event text in turn. */
export type Send = (items: readonly (number | string)[]) => void

type WorkerOutcomes = Omit<Extract<FromWorker, { op: 'outcomes' }>, 'op' | 'id'>

/** Deliveries handed to the worker ahead of what it works on, as a multiple of its concurrency: a batch on its way each way. */
const prefetch = 2
/** Event text under way per adapter; beyond it no more is asked for, so that large events do not fill the memory. */
const maxBytesUnderWay = 16 * 1024 * 1024
/** Outcomes that the bus has not made durable yet; beyond it no more is asked for. */
const maxUnsettled = 4_096

const filteredOut: WireOutcome = { outcome: 'done', filtered: true, attempt: { durationMs: 0 } }

/**
 * One adapter as a member of its group: asks for deliveries, hands them to the worker under slot numbers, settles what
 * comes back. Does nothing for a single event but move it, because it runs on the thread that accepts events.
 */
export class HostedAdapter implements Receiver {
  readonly name: string
  readonly path: string
  readonly #parts: HostedAdapterParts
  readonly #tally: AdapterTally
  #state: AdapterInfo['state'] = 'stopped'
  #reason: string | undefined
  #failedToStart = false
  #loaded: Loaded | undefined
  #send: Send = () => {}
  #membership: Membership | undefined
  #slots: (Delivery | undefined)[] = []
  #free: number[] = []
  #underWay = 0
  #bytes = 0
  #asked = 0
  #settling = 0
  #idle: (() => void)[] = []
  #topics: readonly string[] | null = []
  restarts = 0

  constructor(name: string, path: string, parts: HostedAdapterParts) {
    this.name = name
    this.path = path
    this.#parts = parts
    this.#tally = new AdapterTally(name, parts.log, parts.clock)
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  /** Failed before it had an event: its file, a variable or a topic was the cause, and may be mended. Otherwise an event was, which comes again. */
  get failedToStart(): boolean {
    return this.#state === 'failed' && this.#failedToStart
  }

  /** Whether these are the topics that it receives. */
  receives(topics: readonly string[] | null): boolean {
    return topics?.join('\n') === this.#topics?.join('\n')
  }

  get loaded(): Loaded | undefined {
    return this.#loaded
  }

  stats(): AdapterInfo {
    const { name, restarts } = this
    const topics = this.#topics ?? this.#membership?.topics ?? []
    const reason = this.#reason === undefined ? {} : { reason: this.#reason }
    return {
      name,
      state: this.#state,
      ...reason,
      target: this.#loaded?.target ?? null,
      topics,
      ...this.#tally.counts(),
      inFlight: this.#underWay,
      restarts,
    }
  }

  /** Takes up work on these topics. @throws what `join` throws; the adapter has then failed. */
  async run(loaded: Loaded, topics: readonly string[] | null, send: Send): Promise<void> {
    this.#loaded = loaded
    this.#send = send
    this.#state = 'running'
    await this.join(topics)
  }

  /** Receives these topics from now on, and no others; null: all, also later ones. For an adapter that is drained, or has begun. */
  async join(topics: readonly string[] | null): Promise<void> {
    this.#leave()
    this.#reason = undefined
    this.#topics = topics
    if (topics?.length === 0 || this.#loaded === undefined) return
    const { bus } = this.#parts
    const { leaseMs, policy } = this.#loaded
    const options = { group: this.name, topics, ackTimeoutMs: leaseMs, policy }
    const membership = await bus.join({ name: this.name }, options, this)
    if (!this.running) return membership.leave()
    this.#membership = membership
    this.#ask()
  }

  /** Asks for nothing more and waits until all that is under way is settled, for at most `waitMs`. Answers whether it is. */
  async drain(waitMs: number): Promise<boolean> {
    this.#membership?.pause()
    this.#asked = 0
    if (this.#underWay + this.#settling > 0 && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#parts.clock.after(waitMs, resolve)
        this.#idle.push(() => {
          timer.cancel()
          resolve()
        })
      })
    }
    return this.#underWay + this.#settling === 0
  }

  /** Stops with a reason: what is under way is handed back, everything else goes on. */
  fail(reason: string, cause: 'start' | 'work'): void {
    this.#state = 'failed'
    this.#reason = reason
    this.#failedToStart = cause === 'start'
    this.#leave()
    this.#tally.failed(reason)
    const text = 'An adapter stopped; its events wait. Mend the cause, then apply or reload.'
    this.#parts.log.error({ adapter: this.name, file: this.path, reason }, text)
    const told = `The adapter ${this.name} stopped; its events wait. ${reason.replace(/\.?$/, '.')} Mend the cause, then: \`hms-sync topics apply\`, or \`hms-sync adapters reload ${this.name}\` for it alone.`
    this.#parts.bus.notices.tell({ cause: 'adapter_failed', subject: this.name, text: told, details: { file: this.path, reason } })
  }

  /** Stops without a fault. */
  stop(): void {
    this.#state = 'stopped'
    this.#leave()
  }

  /** The event in a slot, for a notice. */
  describe(slot: number): string | null {
    const event = this.#slots[slot]?.event
    return event === undefined ? null : `event ${event.id} of ${event.topic}`
  }

  receive(deliveries: readonly Delivery[]): void {
    const items: (number | string)[] = []
    for (const delivery of deliveries) {
      const slot = this.#free.pop() ?? this.#slots.length
      this.#slots[slot] = delivery
      this.#bytes += delivery.event.wire.length
      items.push(slot, delivery.attempt, delivery.event.wire)
    }
    this.#underWay += deliveries.length
    this.#asked = Math.max(0, this.#asked - deliveries.length)
    this.#send(items)
  }

  gap(gap: { readonly topic: string; readonly partition: number; readonly first: bigint; readonly last: bigint }): void {
    const fields = { adapter: this.name, topic: gap.topic, partition: gap.partition, first: String(gap.first), last: String(gap.last) }
    this.#parts.log.warn(fields, 'Events that the adapter was owed were trimmed before they were sent.')
  }

  ended(error: Error): void {
    if (this.#state !== 'running') return
    this.#membership = undefined
    if (error instanceof SyncError && error.code === 'gone') {
      // Its only topic was removed. What the worker has comes back with old tokens; whether there are other topics for it
      // is looked at when the apply that removed this one comes to the adapters.
      this.#asked = 0
      this.#topics = []
    } else this.stop()
    this.#reason = error.message
    this.#parts.log.warn({ adapter: this.name, reason: error.message }, 'The adapter’s membership is over.')
  }

  /** Outcomes from the worker. Slots that are no longer known are of an earlier membership: the bus has taken them back. */
  outcomes({ done, filtered, others }: WorkerOutcomes): void {
    const settlements: Settlement[] = []
    eachDone(done, (slot, attempt) => {
      const delivery = this.#release(slot)
      if (delivery !== undefined) settlements.push({ token: delivery.token, outcome: { outcome: 'done', attempt } })
    })
    for (const slot of filtered) {
      const delivery = this.#release(slot)
      if (delivery !== undefined) settlements.push({ token: delivery.token, outcome: filteredOut })
    }
    let delivered = settlements.length - filtered.length
    for (const [slot, outcome] of others) {
      const delivery = this.#release(slot)
      if (delivery === undefined) continue
      settlements.push({ token: delivery.token, outcome })
      if (outcome.outcome === 'done') delivered++
      else this.#tally.notDone(delivery, outcome)
    }
    this.#tally.delivered(Math.max(0, delivered))
    if (settlements.length > 0) void this.#settle(settlements)
    this.#ask()
  }

  async #settle(settlements: readonly Settlement[]): Promise<void> {
    this.#settling += settlements.length
    try {
      const results = await this.#parts.bus.settle(this.name, settlements)
      this.#tally.expired(results.reduce((count, result: SettleResult) => count + (result === 'expired' ? 1 : 0), 0))
    } catch (error) {
      // The bus has said itself what is wrong with its store; the deliveries come again when their time is up.
      this.#parts.log.warn({ adapter: this.name, error }, 'What became of some deliveries could not be stored; they come again.')
    } finally {
      this.#settling -= settlements.length
      this.#ask()
      if (this.#underWay + this.#settling === 0) for (const tell of this.#idle.splice(0)) tell()
    }
  }

  #ask(): void {
    if (this.#membership === undefined || this.#loaded === undefined || this.#idle.length > 0) return
    if (this.#bytes > maxBytesUnderWay || this.#settling > maxUnsettled) return
    const more = this.#loaded.concurrency * prefetch - this.#underWay - this.#asked
    if (more <= 0) return
    this.#asked += more
    this.#membership.ready(more)
  }

  #release(slot: number): Delivery | undefined {
    const delivery = this.#slots[slot]
    if (delivery === undefined) return undefined
    this.#slots[slot] = undefined
    this.#free.push(slot)
    this.#underWay--
    this.#bytes -= delivery.event.wire.length
    return delivery
  }

  #leave(): void {
    this.#membership?.leave()
    this.#membership = undefined
    this.#asked = 0
    this.#underWay = 0
    this.#bytes = 0
    this.#slots = []
    this.#free = []
    for (const tell of this.#idle.splice(0)) tell()
  }
}
