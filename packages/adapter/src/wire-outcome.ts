import type { AttemptReport, WireOutcome } from '@hms-sync/client'
import type { SinkDetail, SinkOutcome } from './sink.js'

const maxReasonCharacters = 500
const maxRequestCharacters = 500
const maxAnswerCharacters = 1_000

/** A sink's outcome as the bus settles it. */
export function toWireOutcome(outcome: SinkOutcome, durationMs: number, filtered: boolean): WireOutcome {
  const { status, detail } = outcome
  const attempt: AttemptReport = { durationMs, ...cut(detail), ...(status === undefined ? {} : { status }) }
  if (outcome.outcome === 'done') return filtered ? { outcome: 'done', filtered: true, attempt } : { outcome: 'done', attempt }
  const reason = outcome.reason.slice(0, maxReasonCharacters)
  if (outcome.outcome !== 'retry') return { outcome: outcome.outcome, reason, attempt }
  const { scope, retryAfterMs } = outcome
  return { outcome: 'retry', scope, reason, ...(retryAfterMs === undefined ? {} : { delayMs: retryAfterMs }), attempt }
}

/** A sink of an operator's own may say more than the wire takes. */
function cut(detail: SinkDetail | undefined): SinkDetail {
  if (detail === undefined) return {}
  const { request, answer } = detail
  if ((request?.length ?? 0) <= maxRequestCharacters && (answer?.length ?? 0) <= maxAnswerCharacters) return detail
  return {
    ...detail,
    ...(request === undefined ? {} : { request: request.slice(0, maxRequestCharacters) }),
    ...(answer === undefined ? {} : { answer: answer.slice(0, maxAnswerCharacters) }),
  }
}
