import type { WireOutcome } from '@hms-sync/client'
import type { SinkOutcome } from './sink.js'

/**
 * A sink's outcome as the bus settles it. In this version the bus treats `unknown` as another try with the same
 * Idempotency-Key, and a target that is out of reach as any other retry.
 */
export function toWireOutcome(outcome: SinkOutcome): WireOutcome {
  if (outcome.outcome === 'done') return { outcome: 'done' }
  const delay = outcome.outcome === 'retry' ? outcome.retryAfterMs : undefined
  return { outcome: outcome.outcome, reason: outcome.reason, ...(delay === undefined ? {} : { delayMs: delay }) }
}
