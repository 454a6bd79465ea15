import { hash } from 'node:crypto'
import type { SinkDelivery, SinkOutcome } from '../../sink.js'
import { ruleForStatus } from './decide.js'
import type { Outgoing } from './outgoing.js'

/** How events are put together into one request. */
export interface BatchForm {
  readonly size: number
  readonly as: 'array' | 'ndjson'
  readonly maxBytes: number
}

/** One delivery, ready to be put into a body. */
export interface Prepared {
  /** Its place among the deliveries of the call. */
  readonly index: number
  readonly delivery: SinkDelivery
  readonly path: string
  /** Its value as JSON. */
  readonly text: string
}

/**
 * The parts of a call that may be under way at once: within one, no key occurs twice. The bus hands out one event of a
 * key at a time, so there is one part; whoever hands out more still has them in order.
 */
export function inWaves(prepared: readonly Prepared[]): readonly (readonly Prepared[])[] {
  const waves: Prepared[][] = []
  const seen = new Map<string, number>()
  for (const item of prepared) {
    const place = keyOf(item.delivery)
    const wave = place === undefined ? 0 : (seen.get(place) ?? -1) + 1
    if (place !== undefined) seen.set(place, wave)
    waves[wave] ??= []
    waves[wave].push(item)
  }
  return waves
}

/** Names the record that an event is about, over all topics; undefined: none. */
export function keyOf({ event: { topic, key } }: SinkDelivery): string | undefined {
  return key === undefined ? undefined : JSON.stringify([topic, key])
}

/** Puts together what goes to the same address, up to the size and the bytes of a batch; what is larger goes alone. */
export function inBatches(wave: readonly Prepared[], { size, maxBytes }: BatchForm): readonly (readonly Prepared[])[] {
  const batches: Prepared[][] = []
  const open = new Map<string, { readonly batch: Prepared[]; bytes: number }>()
  for (const item of wave) {
    // A comma or a line break for each, and two brackets.
    const bytes = Buffer.byteLength(item.text) + 1
    let into = open.get(item.path)
    if (into === undefined || into.batch.length === size || into.bytes + bytes + 1 > maxBytes) {
      into = { batch: [], bytes: 0 }
      batches.push(into.batch)
      open.set(item.path, into)
    }
    into.batch.push(item)
    into.bytes += bytes
  }
  return batches
}

/**
 * The request for a batch. Its key is a hash over those of its members, so the same members are recognised when they
 * come again together; a batch of one has the key of its event, whichever way it came to be alone.
 */
export function batchRequest(batch: readonly Prepared[], as: BatchForm['as']): Outgoing {
  const [first] = batch as readonly [Prepared]
  const keys = batch.map(({ delivery }) => delivery.idempotencyKey)
  const texts = batch.map(({ text }) => text)
  return {
    path: first.path,
    body: as === 'array' ? `[${texts.join(',')}]` : `${texts.join('\n')}\n`,
    id: keys.length === 1 ? keys[0]! : hash('sha256', JSON.stringify(keys), 'base64url'),
    attempt: Math.min(...batch.map(({ delivery }) => delivery.attempt)),
    // A request has one parent: several events have several.
    traceparent: keys.length === 1 ? first.delivery.event.traceparent : undefined,
  }
}

/** Whether this answer to a batch may be the fault of one of its events, so that the others deserve a try of their own. */
export function mayBeOneEvents({ outcome, status }: SinkOutcome): boolean {
  return (
    outcome !== 'done' &&
    status !== undefined &&
    ruleForStatus(status, { attempt: 1, isDelete: false, hasRetryAfter: false }).oneByOne === true
  )
}
