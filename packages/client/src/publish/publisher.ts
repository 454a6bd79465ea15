import type { Report } from '../answer.js'
import { Answer } from '../answer.js'
import type { Published, PublishOptions, PublishOutcome } from '../bus.js'
import type { ErrorCode, Problem } from '../errors.js'
import { fromProblem, SyncError } from '../errors.js'
import type { Link, Welcome } from '../link/link.js'
import { checkTopic } from '../names.js'
import { Deadlines } from '../timing/deadlines.js'
import { monotonicMs, OncePerTick } from '../timing/tick.js'
import type { PublishResult } from '../wire.js'
import { encodeEvent } from './envelope.js'
import { checkOptions, noOptions } from './options.js'
import type { FrameLimits, Pending } from './outbox.js'
import { Outbox } from './outbox.js'
import { maxUnansweredBytes, Unanswered } from './unanswered.js'

const defaultTimeoutMs = 10_000
/** Waiting in this process, counted with what the objects around them take. */
const maxWaitingBytes = 256 * 1_024 * 1_024
const objectBytes = 512
const frameOverheadBytes = 2_048
/** Why a bus closes a connection when a frame was at fault. */
const frameRefusals = new Set<ErrorCode>(['invalid_json', 'invalid_request', 'too_deep', 'too_large'])
/** So many events of one turn leave before the turn is over: the bus stores them while the rest is still being written. */
const worthAFrame = 64
/** Frames without an answer that keep the bus busy: beyond them a turn's events travel in as few frames as hold them. */
const enoughUnderWay = 8
/** publishMany keeps at most this many of its events waiting or under way. */
const manyWindow = 4_096

export interface PublisherHome {
  readonly link: () => Link
  readonly report: Report
  readonly nextRef: () => number
  /** Called when it becomes idle or busy. */
  readonly changed: () => void
}

/**
 * The way in: gathers the events of one turn into frames, keeps what is unanswered, and sends it again in order, with
 * the same ids, after a reconnect. Every event is answered, or rejected within its timeout.
 */
export class Publisher {
  readonly #home: PublisherHome
  readonly #outbox = new Outbox()
  readonly #unanswered = new Unanswered()
  readonly #deadlines = new Deadlines<Pending>((pending) => this.#expire(pending))
  readonly #flush = new OncePerTick(() => this.#send())
  #limits: FrameLimits = { maxEvents: 512, maxBytes: 1_024 * 1_024 - frameOverheadBytes }
  /** Events that came since the last frame. */
  #fresh = 0
  #over: SyncError | undefined
  #idle: (() => void)[] = []

  constructor(home: PublisherHome) {
    this.#home = home
  }

  /** Events that have no answer yet. */
  get pending(): number {
    return this.#deadlines.size
  }

  publish(topic: string, payload: unknown, options: PublishOptions = noOptions): Promise<Published> {
    const answer = new Answer<Published>(this.#home.report)
    try {
      this.#accept(answer, topic, payload, options)
    } catch (error) {
      answer.fail(error as Error)
    }
    return answer.promise
  }

  async publishMany(
    topic: string,
    events: readonly ({ readonly payload: unknown } & PublishOptions)[],
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<readonly PublishOutcome[]> {
    const outcomes: Promise<PublishOutcome>[] = []
    for (const [index, { payload, ...event }] of events.entries()) {
      options.signal?.throwIfAborted()
      if (event.waitFor !== undefined)
        throw new SyncError('invalid_request', '`waitFor` is an option of publish(), which takes one event. Leave it out of publishMany().')
      outcomes.push(this.publish(topic, payload, { ...options, ...event }).then(accepted, refused))
      if (index >= manyWindow) await outcomes[index - manyWindow]
    }
    const all = await Promise.all(outcomes)
    options.signal?.throwIfAborted()
    return all
  }

  welcomed(welcome: Welcome): void {
    const { maxBatch, maxBodyBytes } = welcome.limits
    this.#limits = {
      maxEvents: Math.max(1, Math.min(512, maxBatch)),
      maxBytes: Math.max(1, Math.min(1_024 * 1_024, maxBodyBytes) - frameOverheadBytes),
    }
    this.#send()
  }

  /**
   * What is unanswered goes back to the front, in its order; unless the bus closed the connection because it could not
   * take a frame: sending that again would end every later connection too.
   */
  lost(error: SyncError): void {
    const unanswered = this.#unanswered.drain().filter((pending) => !pending.done)
    if (frameRefusals.has(error.code)) for (const pending of unanswered) this.#finish(pending)?.fail(error)
    else this.#outbox.unshift(unanswered)
    this.#settled()
  }

  published(ref: number, results: readonly PublishResult[]): void {
    const frame = this.#unanswered.take(ref)
    if (frame === undefined) return
    for (let i = 0; i < frame.length; i++) this.#answer(frame[i]!, results[i])
    this.#settled()
  }

  /** True when the ref was one of ours. */
  failed(ref: number, problem: Problem): boolean {
    // The bus closes this connection next; the events are for the one after it, and keep their turn before later ones.
    if (problem.code === 'shutting_down') return this.#unanswered.has(ref)
    const frame = this.#unanswered.take(ref)
    if (frame === undefined) return false
    for (const pending of frame) this.#finish(pending)?.fail(fromProblem(problem))
    this.#settled()
    return true
  }

  /** Rejects everything, now and later. */
  fail(error: SyncError): void {
    this.#over = error
    const left = [...this.#unanswered.drain(), ...this.#outbox.drain()]
    for (const pending of left) this.#finish(pending)?.fail(error)
    this.#settled()
  }

  /** Refuses new events; what is under way goes on. */
  refuse(error: SyncError): void {
    this.#over = error
  }

  /** Resolves when nothing is unanswered. */
  idle(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #accept(answer: Answer<Published>, topic: string, payload: unknown, options: PublishOptions): void {
    if (this.#over !== undefined) throw this.#over
    checkTopic(topic)
    checkOptions(options)
    options.signal?.throwIfAborted()
    const event = encodeEvent(payload, options)
    if (event.bytes > this.#limits.maxBytes) {
      throw new SyncError(
        'too_large',
        `The event of ${event.bytes} bytes is larger than one event may be (${this.#limits.maxBytes} bytes). Publish a reference to large content instead.`,
      )
    }
    if (this.#outbox.bytes + this.#deadlines.size * objectBytes > maxWaitingBytes) {
      throw new SyncError(
        'overloaded',
        'More events wait to be sent than memory should hold. Await publish() before publishing more, or use publishMany().',
      )
    }
    const timeoutMs = checkedTimeout(options.timeoutMs)
    const deadline = monotonicMs() + timeoutMs
    const pending: Pending = { topic, ...event, deadline, place: -1, answer, done: false, sent: false }
    if (options.signal !== undefined) this.#follow(pending, options.signal)
    const wasIdle = this.pending === 0
    this.#deadlines.add(pending)
    this.#outbox.push(pending)
    if (++this.#fresh >= worthAFrame && this.#unanswered.frames < enoughUnderWay) this.#send()
    else this.#flush.ask()
    if (wasIdle) this.#home.changed()
  }

  #follow(pending: Pending, signal: AbortSignal): void {
    const abort = (): void => {
      this.#finish(pending)?.fail(signal.reason as Error)
      this.#settled()
    }
    signal.addEventListener('abort', abort, { once: true })
    pending.release = () => signal.removeEventListener('abort', abort)
  }

  #send(): void {
    this.#fresh = 0
    const link = this.#home.link()
    if (!link.up || this.#outbox.empty || link.bufferedBytes > maxUnansweredBytes) return
    for (const frame of this.#outbox.take(this.#limits, this.#unanswered.room)) {
      const ref = this.#home.nextRef()
      this.#unanswered.add(ref, frame)
      let events = ''
      for (const pending of frame) {
        pending.sent = true
        events += events === '' ? pending.text : `,${pending.text}`
      }
      link.sendText(`{"op":"publish","ref":${ref},"topic":${JSON.stringify(frame[0]!.topic)},"events":[${events}]}`)
    }
  }

  #answer(pending: Pending, result: PublishResult | undefined): void {
    const answer = this.#finish(pending)
    if (answer === undefined) return
    if (result === undefined) answer.fail(new SyncError('internal', 'The bus answered fewer results than events were sent.'))
    else if ('error' in result) answer.fail(fromProblem(result.error))
    else answer.resolve({ id: result.id, position: result.position, duplicate: result.duplicate })
  }

  /** Marks it as over; undefined when it was already. */
  #finish(pending: Pending): Answer<Published> | undefined {
    if (pending.done) return undefined
    pending.done = true
    pending.release?.()
    this.#deadlines.delete(pending)
    return pending.answer
  }

  #expire(pending: Pending): void {
    if (pending.done) return
    pending.done = true
    pending.release?.()
    const text = pending.sent
      ? `No answer came in time for event "${pending.id}"; whether it was stored is not known. Publish it again with the same id.`
      : `The event "${pending.id}" was not sent in time: there was no connection to the bus, or too much was waiting before it. It was not stored.`
    pending.answer.fail(new SyncError(pending.sent ? 'timeout' : 'unreachable', text))
    this.#settled()
  }

  /** Something was answered: there may be room for more, or nothing left. */
  #settled(): void {
    if (!this.#outbox.empty) this.#flush.ask()
    if (this.pending > 0) return
    this.#home.changed()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

/** @throws SyncError `invalid_request`. */
export function checkedTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return defaultTimeoutMs
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= 2_000_000_000) return timeoutMs
  throw new SyncError('invalid_request', 'The option `timeoutMs` must be milliseconds from 0 on.')
}

function accepted(published: Published): PublishOutcome {
  return { ok: true, ...published }
}

function refused(error: unknown): PublishOutcome {
  return { ok: false, error: error instanceof SyncError ? error : new SyncError('closed', 'The publish was aborted.', { cause: error }) }
}
