import type { Collected } from '../../faults.js'
import { compileMatch } from '../../mapping/match.js'
import type { SinkDelivery } from '../../sink.js'

type Deletes = (delivery: SinkDelivery) => boolean

/**
 * Which events take their row away: `delete:` as a function over payload and event, or as `match:` is written, fields of
 * the payload with the values that they must hold. Faults go to `collected`.
 */
export function readDeletes(option: unknown, pointer: string, collected: Collected): Deletes {
  if (typeof option === 'function') {
    const decide = option as (payload: unknown, event: SinkDelivery['event']) => unknown
    return ({ event }) => decide(payloadOf(event), event) === true
  }
  if (option !== undefined && (typeof option !== 'object' || option === null || Array.isArray(option))) {
    collected.add(pointer, "write which events take their row away, such as delete: { status: 'cancelled' }")
    return () => false
  }
  const mismatch = compileMatch(option, pointer, collected)
  return mismatch === null ? () => false : ({ event }) => mismatch(payloadOf(event), event) === null
}

/** As of a mapping: the event's `type` stands beside the fields of its payload. */
function payloadOf({ payload, type }: SinkDelivery['event']): unknown {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { type, ...payload } : payload
}
