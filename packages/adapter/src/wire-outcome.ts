import type { AttemptReport, WireOutcome } from '@hms-sync/client'
import type { SinkOutcome } from './sink.js'

/** A sink's outcome as the bus settles it. */
export function toWireOutcome(outcome: SinkOutcome, durationMs: number, filtered: boolean): WireOutcome {
  const { status, detail } = outcome
  const attempt: AttemptReport = { durationMs, ...detail, ...(status === undefined ? {} : { status }) }
  if (outcome.outcome === 'done') return filtered ? { outcome: 'done', filtered: true, attempt } : { outcome: 'done', attempt }
  const { reason } = outcome
  if (outcome.outcome !== 'retry') return { outcome: outcome.outcome, reason, attempt }
  const { scope, retryAfterMs } = outcome
  return { outcome: 'retry', scope, reason, ...(retryAfterMs === undefined ? {} : { delayMs: retryAfterMs }), attempt }
}
