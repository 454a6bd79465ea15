import type { Dispatcher } from 'undici'
import type { SinkOutcome } from '../sink.js'
import type { Expiring } from './deadlines.js'
import { retryAfterMs, type Verdict, verdict } from './http-answers.js'
import { describeAnswer, describeFailure, type HttpTarget } from './http-reasons.js'

/** What is read of an answer before the connection is given up; a status needs no body. */
const maxReadBytes = 64 * 1024
/** What is kept of it, to say why an event was not taken. */
const maxKeptBytes = 4 * 1024

/**
 * One request, from its place in the pool's queue to its outcome. Handed to `Pool.dispatch` as its handler, which
 * costs a third of `Pool.request` with a body that is hardly ever looked at.
 */
export class HttpAttempt implements Dispatcher.DispatchHandler, Expiring {
  readonly signal: AbortSignal
  place = 0
  readonly #target: HttpTarget
  readonly #tryNumber: number
  readonly #finish: (attempt: HttpAttempt, outcome: SinkOutcome) => void
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #retryAfter: string | undefined
  #location: string | undefined
  #readBytes = 0
  readonly #kept: Buffer[] = []
  #over = false

  constructor(target: HttpTarget, tryNumber: number, signal: AbortSignal, finish: (attempt: HttpAttempt, outcome: SinkOutcome) => void) {
    this.#target = target
    this.#tryNumber = tryNumber
    this.signal = signal
    this.#finish = finish
  }

  /** undici calls this when the request goes onto a connection: from here on it may have been applied. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) controller.abort(new Error('given up before it was sent'))
    this.#controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return
    this.#status = status
    this.#retryAfter = single(headers['retry-after'])
    this.#location = single(headers.location)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = maxKeptBytes - this.#readBytes
    this.#readBytes += chunk.length
    // A copy, because undici uses the memory of a chunk again.
    if (room > 0 && this.#status >= 300) this.#kept.push(Buffer.from(chunk.subarray(0, room)))
    if (this.#readBytes > maxReadBytes) {
      this.#answered()
      controller.abort(new Error('the answer is longer than is read'))
    }
  }

  onResponseEnd(): void {
    this.#answered()
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    // A status that arrived is an answer, whatever became of the body behind it.
    if (this.#status !== 0) this.#answered()
    else this.#end(describeFailure(this.#target, error, this.#controller !== undefined))
  }

  /** The time is up. */
  expire(): void {
    this.#giveUp(`no answer within ${this.#target.timeoutMs} ms`)
  }

  /** The host stops. */
  cancel(): void {
    this.#giveUp('the adapter was stopped meanwhile')
  }

  #giveUp(why: string): void {
    const sent = this.#controller !== undefined
    if (this.#status !== 0) this.#answered()
    else if (sent) this.#end({ outcome: 'unknown', reason: `${this.#target.name}: ${why}; it may have been applied` })
    else this.#end({ outcome: 'retry', scope: 'target', reason: `${this.#target.name}: ${why}; nothing was sent` })
    this.#controller?.abort(new Error(why))
  }

  #answered(): void {
    const decided = verdict(this.#status, this.#tryNumber)
    this.#end(decided === 'done' ? { outcome: 'done', status: this.#status } : this.#notDone(decided))
  }

  #notDone(decided: Exclude<Verdict, 'done'>): SinkOutcome {
    const status = this.#status
    const reason = describeAnswer(this.#target, status, this.#location, Buffer.concat(this.#kept).toString('utf8'))
    if (decided === 'refused') return { outcome: 'refused', status, reason }
    const wait = retryAfterMs(this.#retryAfter, Date.now())
    return { outcome: 'retry', scope: decided, status, reason, ...(wait === undefined ? {} : { retryAfterMs: wait }) }
  }

  #end(outcome: SinkOutcome): void {
    if (this.#over) return
    this.#over = true
    this.#finish(this, outcome)
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
