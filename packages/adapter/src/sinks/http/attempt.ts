import type { Dispatcher } from 'undici'
import type { SinkDetail, SinkOutcome } from '../../sink.js'
import type { Expiring } from '../deadlines.js'
import type { BodyRule, StatusRule } from './answer-rule.js'
import type { Capture } from './capture.js'
import { ruleForFailure, ruleForStatus } from './decide.js'
import { bodyRules, ownCodes } from './failure-rules.js'
import { describeAnswer, describeFailure, excerpt, type Named } from './reasons.js'
import { retryAfterMs } from './retry-after.js'

/** What is read of an answer before the connection is given up; a status needs no body. */
const maxReadBytes = 64 * 1024
/** What is kept of it where nothing is captured, to say what was answered. */
const maxKeptBytes = 4 * 1024

/** What the tries of one sink have in common. */
export interface Exchange {
  readonly target: Named
  readonly capture: Capture | undefined
  readonly isDelete: boolean
  /** Called once for each, when it is over. */
  ended(attempt: HttpAttempt): void
}

export interface Try {
  /** The request in a line. */
  readonly request: string
  /** 1 at the first. */
  readonly number: number
  readonly signal: AbortSignal
}

/**
 * One request, from its place in the pool's queue to its outcome, by the table of answers. Handed to `Pool.dispatch` as
 * its handler, in the form that undici 7 calls itself: the newer one, wrapped and with every header parsed, costs a tenth
 * of the request more, `Pool.request` a quarter (measured).
 */
export class HttpAttempt implements Dispatcher.DispatchHandler, Expiring {
  place = 0
  readonly #exchange: Exchange
  readonly #try: Try
  readonly #resolve: (outcome: SinkOutcome) => void
  #abort: ((reason: Error) => void) | undefined
  #status = 0
  #headers: readonly Buffer[] = none
  #readBytes = 0
  #kept: Buffer[] | undefined
  #over = false

  constructor(exchange: Exchange, one: Try, resolve: (outcome: SinkOutcome) => void) {
    this.#exchange = exchange
    this.#try = one
    this.#resolve = resolve
  }

  get signal(): AbortSignal {
    return this.#try.signal
  }

  /** undici calls this when the request goes onto a connection: from here on it may have been applied. */
  onConnect(abort: (reason?: Error) => void): void {
    if (this.#over) abort(new Error('given up before it was sent'))
    this.#abort = abort
  }

  onHeaders(status: number, headers: readonly Buffer[]): boolean {
    if (status < 200) return true
    this.#status = status
    this.#headers = headers
    return true
  }

  onData(chunk: Buffer): boolean {
    const room = (this.#exchange.capture === undefined ? maxKeptBytes : maxReadBytes) - this.#readBytes
    this.#readBytes += chunk.length
    if (room > 0) {
      this.#kept ??= []
      // A copy, because undici uses the memory of a chunk again.
      this.#kept.push(Buffer.from(chunk.subarray(0, room)))
    }
    if (this.#readBytes <= maxReadBytes) return true
    this.#answered(bodyRules.tooLong)
    this.#abort?.(new Error('the answer is longer than is read'))
    return false
  }

  onComplete(): void {
    this.#answered(null)
  }

  onError(error: Error): void {
    // A status that arrived is an answer, whatever became of the body behind it.
    if (this.#status !== 0) this.#answered(bodyRules.cutShort)
    else this.#failed(codeOf(error), error)
  }

  /** The time is up. */
  expire(): void {
    this.#giveUp(ownCodes.timeout)
  }

  /** The host stops. */
  cancel(): void {
    this.#giveUp(ownCodes.stopped)
  }

  #giveUp(code: string): void {
    if (this.#status !== 0) this.#answered(bodyRules.late)
    else this.#failed(code, null)
    this.#abort?.(new Error('given up'))
  }

  #failed(code: string, error: Error | null): void {
    const { target } = this.#exchange
    const { request } = this.#try
    const rule = ruleForFailure(code, this.#abort !== undefined)
    const reason = describeFailure(target, rule, code, error)
    const detail = rule.errorClass === null ? { request } : { request, errorClass: rule.errorClass }
    this.#end(
      rule.decision === 'retry_target' || rule.decision === 'retry_event'
        ? { outcome: 'retry', scope: rule.decision === 'retry_target' ? 'target' : 'event', reason, detail }
        : { outcome: rule.decision, reason, detail },
    )
  }

  #answered(body: BodyRule | null): void {
    if (this.#over) return
    const status = this.#status
    const retryAfter = status < 300 ? undefined : this.#header('retry-after')
    const rule = ruleForStatus(status, {
      attempt: this.#try.number,
      isDelete: this.#exchange.isDelete,
      hasRetryAfter: retryAfter !== undefined,
    })
    if (rule.decision === 'done') return this.#end({ outcome: 'done', status, detail: this.#doneDetail(body) })
    this.#end(this.#notDone(rule, retryAfter))
  }

  #notDone(rule: StatusRule, retryAfter: string | undefined): SinkOutcome {
    const status = this.#status
    const { target } = this.#exchange
    const { request } = this.#try
    const answer = this.#excerpt()
    const location = this.#header('location')
    const reason = describeAnswer(target, status, rule, {
      ...(location === undefined ? {} : { location }),
      ...(answer === undefined ? {} : { answer }),
    })
    const detail: SinkDetail = {
      request,
      ...(answer === undefined ? {} : { answer }),
      ...(rule.errorClass === null ? {} : { errorClass: rule.errorClass }),
    }
    if (rule.decision === 'refused' || rule.decision === 'unknown') return { outcome: rule.decision, status, reason, detail }
    const wait = retryAfterMs(retryAfter, Date.now())
    const scope = rule.decision === 'retry_target' ? 'target' : 'event'
    return { outcome: 'retry', scope, status, reason, ...(wait === undefined ? {} : { retryAfterMs: wait }), detail }
  }

  #doneDetail(body: BodyRule | null): SinkDetail {
    const { capture } = this.#exchange
    const { request } = this.#try
    const answer = this.#excerpt()
    const captured = capture === undefined ? undefined : body === null ? this.#captured(capture) : null
    const errorClass = captured === null ? bodyRules.noJson.errorClass : (body?.errorClass ?? undefined)
    return {
      request,
      ...(answer === undefined ? {} : { answer }),
      ...(errorClass === undefined ? {} : { errorClass }),
      ...(captured === undefined || captured === null ? {} : { captured }),
    }
  }

  #captured(capture: Capture): ReturnType<Capture['from']> {
    return this.#isCompressed() ? null : capture.from(this.#header('content-type'), this.#text())
  }

  #excerpt(): string | undefined {
    if (this.#kept === undefined) return undefined
    if (this.#isCompressed()) return `(${this.#readBytes} bytes, compressed)`
    return excerpt(this.#exchange.target.secrets, this.#text())
  }

  #text(): string {
    const kept = this.#kept ?? []
    return kept.length === 1 ? kept[0]!.toString('utf8') : Buffer.concat(kept).toString('utf8')
  }

  #isCompressed(): boolean {
    const encoding = this.#header('content-encoding')
    return encoding !== undefined && encoding.toLowerCase() !== 'identity'
  }

  /** The first of that name, which is given in lower case. Names and values lie in turn. */
  #header(name: string): string | undefined {
    for (let i = 0; i < this.#headers.length; i += 2) {
      const one = this.#headers[i]!
      if (one.length === name.length && one.toString('latin1').toLowerCase() === name) return this.#headers[i + 1]!.toString('latin1')
    }
    return undefined
  }

  #end(outcome: SinkOutcome): void {
    if (this.#over) return
    this.#over = true
    this.#exchange.ended(this)
    this.#resolve(outcome)
  }
}

function codeOf(error: Error): string {
  // undici has one code for everything that becomes of a socket.
  if (error.message === 'bad upgrade') return ownCodes.badUpgrade
  // Its code is missing from undici 7.30, though it is made to have one.
  if (error.name === 'HTTPParserError') return 'HPE_INVALID'
  return (error as NodeJS.ErrnoException).code ?? 'UND_ERR_SOCKET'
}

const none: readonly Buffer[] = []
