import type { AttemptInfo, AttemptOutcome, AttemptReport, ErrorClass, WireOutcome } from '@hms-sync/client'
import { formatPosition, type Offset } from '../../event.js'
import type { AttemptChunk } from '../../store/failures.js'

/** One try that ended. */
export interface Attempt {
  readonly offset: Offset
  /** The event's id. */
  readonly event: string
  readonly key: string | null
  /** 1 at the first. */
  readonly attempt: number
  /** When it ended, ms since 1970. */
  readonly at: number
  readonly outcome: AttemptOutcome
  readonly reason: string | undefined
  readonly report: AttemptReport
  /** It was of a replay. */
  readonly replay: boolean
}

/** Whose tries: one group in one partition. */
export interface AttemptsOf {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

const maxRows = 1_000
const maxText = 256 * 1_024
const maxRequest = 500
const maxAnswer = 1_000
const maxReason = 500

/** Gathers the tries of one group in one partition between two commits. They travel as text, since a row each would cost more than the delivery. */
export class AttemptLog {
  readonly #of: AttemptsOf
  #full: AttemptChunk[] = []
  #rows: string[] = []
  #characters = 0
  #first: Offset = 0n
  #last: Offset = 0n
  #at = 0

  constructor(of: AttemptsOf) {
    this.#of = of
  }

  add(attempt: Attempt): void {
    const { offset } = attempt
    if (this.#rows.length === 0) {
      this.#first = offset
      this.#last = offset
    } else if (offset < this.#first) this.#first = offset
    else if (offset > this.#last) this.#last = offset
    this.#at = attempt.at
    const row = rowText(attempt)
    this.#rows.push(row)
    this.#characters += row.length
    if (this.#rows.length >= maxRows || this.#characters >= maxText) this.#close()
  }

  /** What was gathered since the last call. */
  take(): readonly AttemptChunk[] {
    if (this.#rows.length > 0) this.#close()
    if (this.#full.length === 0) return none
    const chunks = this.#full
    this.#full = []
    return chunks
  }

  #close(): void {
    const text = `[${this.#rows.join(',\n')}]`
    this.#full.push({ ...this.#of, first: this.#first, last: this.#last, at: this.#at, count: this.#rows.length, text })
    this.#rows = []
    this.#characters = 0
  }
}

const none: readonly AttemptChunk[] = []

/** offset, event, key, attempt, at, duration, outcome, and for what is more than a plain success: status, request, answer, error class, reason, what was captured (null: nothing), and what it was of beside the usual; what is last and nothing is left out. */
type Row = readonly [
  string,
  string,
  string | null,
  number,
  number,
  number,
  AttemptOutcome,
  (number | null)?,
  (string | null)?,
  (string | null)?,
  (ErrorClass | null)?,
  (string | null)?,
  (AttemptReport['captured'] | null)?,
  AttemptInfo['again']?,
]

function rowText({ offset, event, key, attempt, at, outcome, reason, report, replay }: Attempt): string {
  const { durationMs, status, request, answer, errorClass, captured } = report
  const start = `["${offset}",${JSON.stringify(event)},${key === null ? 'null' : JSON.stringify(key)},${attempt},${at},${Math.round(durationMs * 100) / 100},"${outcome}"`
  if (replay) return `${start},${fullEnd(reason, report, 'replay')}`
  if (status === undefined && request === undefined && answer === undefined && errorClass === undefined && reason === undefined)
    return `${start}]`
  if (answer === undefined && errorClass === undefined && reason === undefined && captured === undefined)
    return `${start},${plainEnd(status, request)}`
  return `${start},${fullEnd(reason, report)}`
}

/** The end of a row that says all there is. */
function fullEnd(reason: string | undefined, report: AttemptReport, again?: AttemptInfo['again']): string {
  const { status, request, answer, errorClass, captured } = report
  const rest: unknown[] = [status ?? null, cut(request, maxRequest), cut(answer, maxAnswer), errorClass ?? null, cut(reason, maxReason)]
  if (captured !== undefined || again !== undefined) rest.push(captured ?? null)
  if (again !== undefined) rest.push(again)
  return JSON.stringify(rest).slice(1)
}

let plain: { readonly status: number | undefined; readonly request: string | undefined; readonly text: string } | null = null
/** The end of a row of a plain success. Those of one target are alike, and come many in a row: the last one is kept. */
function plainEnd(status: number | undefined, request: string | undefined): string {
  if (plain === null || plain.status !== status || plain.request !== request)
    plain = { status, request, text: `${status ?? null},${JSON.stringify([cut(request, maxRequest), null, null, null]).slice(1)}` }
  return plain.text
}

function cut(text: string | undefined, most: number): string | null {
  return text === undefined ? null : text.slice(0, most)
}

/** The tries of a chunk, in the order they ended. */
export function readChunk({ group, topic, partition, text }: AttemptChunk): readonly AttemptInfo[] {
  return (JSON.parse(text) as readonly Row[]).map(
    ([offset, event, key, attempt, at, durationMs, outcome, status, request, answer, errorClass, reason, captured, again]) => ({
      group,
      topic,
      event,
      position: formatPosition(partition, BigInt(offset)),
      key,
      attempt,
      at: new Date(at).toISOString(),
      durationMs,
      outcome,
      reason: reason ?? null,
      request: request ?? null,
      status: status ?? null,
      answer: answer ?? null,
      errorClass: errorClass ?? null,
      ...(captured === undefined || captured === null ? {} : { captured }),
      ...(again === undefined ? {} : { again }),
    }),
  )
}

/** How a try that settled with this outcome is remembered. */
export function outcomeOf(outcome: Exclude<WireOutcome, { outcome: 'extend' }>): AttemptOutcome {
  return outcome.outcome === 'done' && outcome.filtered === true ? 'filtered' : outcome.outcome
}
