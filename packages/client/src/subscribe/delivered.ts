import type { Report } from '../answer.js'
import { Answer } from '../answer.js'
import type { Message } from '../bus.js'
import { SyncError } from '../errors.js'
import { monotonicMs } from '../timing/tick.js'
import type { Json, WireEvent, WireOutcome } from '../wire.js'
import { expired } from './settler.js'

const maxReasonLength = 500

/** How a message reaches the bus again; absent for a nameless reader, which settles nothing. */
export interface Lease {
  readonly deadline: Date
  readonly ackTimeoutMs: number
  readonly report: Report
  settle(outcome: WireOutcome): Promise<void>
}

/** One delivery in the hands of one subscription. */
export class Delivered implements Message {
  readonly event: WireEvent
  readonly attempt: number
  readonly deadline: Date | null
  /** Called once when it needs nobody's attention any more: settled, lost, or its lease over. */
  onOver: (() => void) | undefined
  /** Monotonic ms, by our own clock: the bus's may differ from it. */
  leaseEnds: number
  readonly #lease: Lease | undefined
  #first: Promise<void> | undefined
  #lost: string | undefined
  #begun = false
  #data: string | undefined

  constructor(event: WireEvent, attempt: number, lease?: Lease) {
    this.event = event
    this.attempt = attempt
    this.deadline = lease?.deadline ?? null
    this.leaseEnds = lease === undefined ? Number.POSITIVE_INFINITY : monotonicMs() + lease.ackTimeoutMs
    this.#lease = lease
  }

  get payload(): Json {
    return this.event.payload
  }

  get data(): string {
    this.#data ??= JSON.stringify(this.event.payload)
    return this.#data
  }

  get topic(): string {
    return this.event.topic
  }

  get id(): string {
    return this.event.id
  }

  get key(): string | undefined {
    return this.event.key
  }

  /** True once it was settled or lost. */
  get over(): boolean {
    return this.#first !== undefined || this.#lost !== undefined
  }

  get settled(): boolean {
    return this.#first !== undefined
  }

  get begun(): boolean {
    return this.#begun
  }

  /** Whether it still waits for its turn. */
  get waiting(): boolean {
    return !this.#begun && !this.over
  }

  /** Whether who works on it has kept to its time: settled it, or holds its lease. */
  get inTime(): boolean {
    return this.settled || this.leaseEnds > monotonicMs()
  }

  get leased(): boolean {
    return this.#lease !== undefined
  }

  ack(): Promise<void> {
    return this.settle({ outcome: 'done' })
  }

  nack(options: { readonly delayMs?: number; readonly reason?: string } = {}): Promise<void> {
    return this.settle({
      outcome: 'retry',
      delayMs: options.delayMs ?? 0,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    })
  }

  extend(ms: number): Promise<void> {
    return this.settle({ outcome: 'extend', byMs: ms })
  }

  settle(outcome: WireOutcome): Promise<void> {
    const lease = this.#lease
    const fault = faultOf(outcome)
    if (fault !== null) return this.#refuse(fault)
    if (this.#lost !== undefined && this.#first === undefined) return this.#refuse(expired(this.#lost))
    if (outcome.outcome === 'extend') return this.#extend(outcome)
    if (this.#first !== undefined) return this.#first
    this.#first = lease === undefined ? Promise.resolve() : lease.settle(withShortReason(outcome))
    this.#end()
    return this.#first
  }

  /** Somebody works on it from now on. What waited for its turn gets its lease renewed, so that it starts with most of it. */
  begin(): void {
    this.#begun = true
    if (this.#lease !== undefined && this.leaseEnds - monotonicMs() <= this.#lease.ackTimeoutMs / 2) this.renew()
  }

  /** Asks for the whole time of its lease again. */
  renew(): void {
    if (this.#lease === undefined) return
    this.extend(this.#lease.ackTimeoutMs).catch(() => {
      if (this.waiting) this.lose('the bus did not give it more time before it was begun')
    })
  }

  /** The delivery is no longer ours; settling it now is refused. */
  lose(why: string): void {
    if (this.over) return
    this.#lost = why
    this.#end()
  }

  /** Its lease ran out here. Nobody begins it any more; when it is settled late, the bus has the last word. */
  leaseOver(): void {
    if (this.#begun) this.#end()
    else this.lose('its time ran out before it was begun')
  }

  toString(): string {
    return this.data
  }

  #extend(outcome: WireOutcome & { readonly outcome: 'extend' }): Promise<void> {
    if (this.#first !== undefined) return this.#refuse(expired('it was settled before'))
    this.leaseEnds = monotonicMs() + outcome.byMs
    return this.#lease?.settle(outcome) ?? Promise.resolve()
  }

  /** A refusal that nobody awaits goes to onError. A nameless reader has nothing that could be refused. */
  #refuse(error: SyncError): Promise<void> {
    if (this.#lease === undefined) return Promise.resolve()
    const answer = new Answer<void>(this.#lease.report)
    answer.fail(error)
    return answer.promise
  }

  #end(): void {
    const over = this.onOver
    this.onOver = undefined
    over?.()
  }
}

/** The bus ends a connection that sends anything but whole milliseconds, or a reason that is no text. */
function faultOf(outcome: WireOutcome): SyncError | null {
  const reason: unknown = 'reason' in outcome ? outcome.reason : undefined
  if (reason !== undefined && typeof reason !== 'string') {
    return new SyncError('invalid_request', 'The `reason` of a message must be a text.')
  }
  const ms = outcome.outcome === 'extend' ? outcome.byMs : outcome.outcome === 'done' ? 0 : (outcome.delayMs ?? 0)
  if (Number.isSafeInteger(ms) && ms >= 0) return null
  const option = outcome.outcome === 'extend' ? 'ms' : 'delayMs'
  return new SyncError('invalid_request', `The \`${option}\` of a message must be whole milliseconds from 0 on.`)
}

function withShortReason(outcome: WireOutcome): WireOutcome {
  if (!('reason' in outcome) || outcome.reason === undefined || outcome.reason.length <= maxReasonLength) return outcome
  return { ...outcome, reason: `${outcome.reason.slice(0, maxReasonLength - 1)}…` }
}
