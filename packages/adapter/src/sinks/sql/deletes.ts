import type { Collected } from '../../faults.js'
import { follow, parsePlain } from '../../mapping/path.js'
import type { SinkDelivery } from '../../sink.js'

type Deletes = (delivery: SinkDelivery) => boolean

/**
 * Which events take their row away: `delete:` as a function over payload and event, or as fields of the payload with the
 * values that they must hold. The payload has the event's `type` beside its fields, as in a mapping. Faults go to `collected`.
 */
export function readDeletes(option: unknown, pointer: string, collected: Collected): Deletes {
  if (option === undefined) return () => false
  if (typeof option === 'function') {
    const decide = option as (payload: unknown, event: SinkDelivery['event']) => unknown
    return ({ event }) => decide(payloadOf(event), event) === true
  }
  if (typeof option !== 'object' || option === null || Array.isArray(option)) {
    collected.add(pointer, "write which events take their row away, such as delete: { status: 'cancelled' }")
    return () => false
  }
  const conditions = Object.entries(option).map(([path, wanted]) => readCondition(path, wanted, { pointer, collected }))
  return ({ event }) => conditions.every((holds) => holds(event))
}

type Condition = (event: SinkDelivery['event']) => boolean

function readCondition(
  path: string,
  wanted: unknown,
  { pointer, collected }: { readonly pointer: string; readonly collected: Collected },
): Condition {
  const values = new Set<unknown>(Array.isArray(wanted) ? wanted : [wanted])
  try {
    const expression = parsePlain(path)
    if ('literal' in expression) throw new SyntaxError('write the path of a field')
    const { from, steps } = expression
    return (event) => values.has(follow(steps, from === 'event' ? event : payloadOf(event)))
  } catch (error) {
    collected.add(`${pointer}/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`, (error as Error).message)
    return () => false
  }
}

function payloadOf({ payload, type }: SinkDelivery['event']): unknown {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? { type, ...payload } : payload
}
