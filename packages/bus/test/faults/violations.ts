/** What must hold of everything that was sent and received, as sentences of what did not: none is the good answer. */
import type { WireEvent } from '@hms-sync/client'
import type { Acknowledged } from './producer.js'
import type { Receipt } from './recorded-group.js'
import type { TargetReceipt } from './recording-target.js'

/** The log holds each acknowledged event, once, where the answer said, and each key in order. */
export function violationsOfLog(log: readonly WireEvent[], acknowledged: readonly Acknowledged[]): string[] {
  const found: string[] = []
  const positions = new Map<string, string>()
  const last = new Map<string, number>()
  for (const event of log) {
    if (positions.has(event.id)) found.push(`${event.id} is in the log twice`)
    positions.set(event.id, event.position)
    const { n } = event.payload as { readonly n: number }
    const before = last.get(event.key!) ?? -1
    if (n <= before) found.push(`${event.key}: ${n} lies in the log behind ${before}`)
    last.set(event.key!, n)
  }
  for (const { id, position } of acknowledged) {
    const stored = positions.get(id)
    if (stored === undefined) found.push(`${id} was acknowledged and is lost`)
    else if (stored !== position) found.push(`${id} lies at ${stored}, the answer said ${position}`)
  }
  return found
}

/** A group receives every event of the log, each key in order, and again only what was not settled when a life of the bus ended. */
export function violationsOfGroup(
  name: string,
  receipts: readonly Receipt[],
  log: readonly { readonly id: string }[],
  endedAt: readonly number[],
): string[] {
  const found: string[] = []
  const previous = new Map<string, Receipt>()
  const first = new Map<string, number>()
  const open = new Map<string, Receipt>()
  for (const receipt of receipts) {
    const { id, key, n, life } = receipt
    const before = previous.get(id)
    previous.set(id, receipt)
    const busy = open.get(key)
    open.set(key, receipt)
    if (busy !== undefined && busy.life === life && !busy.answered) found.push(`${name}: ${id} came while ${busy.id} was worked on`)
    if (before === undefined) {
      const last = first.get(key) ?? -1
      if (n <= last) found.push(`${name}: ${key} came with ${n} behind ${last}`)
      first.set(key, n)
    } else if (before.life === life) found.push(`${name}: ${id} came twice in one life of the bus`)
    else if (before.settledAt !== null && before.settledAt < endedAt[before.life]!)
      found.push(`${name}: ${id} came again after it was settled`)
  }
  const known = new Set(log.map(({ id }) => id))
  for (const { id } of log) if (!previous.has(id)) found.push(`${name}: ${id} never came`)
  for (const id of previous.keys()) if (!known.has(id)) found.push(`${name}: ${id} came and is not in the log`)
  return found
}

/** One event has one Idempotency-Key at every try, and no other event has it. */
export function violationsOfIdempotency(receipts: readonly TargetReceipt[]): string[] {
  const keys = new Map<string, string>()
  const events = new Map<string, string>()
  const found: string[] = []
  for (const { id, idempotencyKey } of receipts) {
    if ((keys.get(id) ?? idempotencyKey) !== idempotencyKey) found.push(`${id} came with another Idempotency-Key`)
    if ((events.get(idempotencyKey) ?? id) !== id) found.push(`${id} came with the Idempotency-Key of ${events.get(idempotencyKey)}`)
    keys.set(id, idempotencyKey)
    events.set(idempotencyKey, id)
  }
  return found
}
