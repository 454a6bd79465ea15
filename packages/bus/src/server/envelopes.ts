import { type Json, type Problem, SyncError, toProblem } from '@hms-sync/client'
import { parseJsonBounded } from '../json.js'
import { type Incoming, withText } from '../publish/incoming.js'
import { rawPayload, rawPayloads } from '../raw-payloads.js'
import { asObject, onlyFields, wrongField } from './body.js'

/** One event of a batch as the door read it: good, or refused by itself. */
export type Outcome = Incoming | { readonly error: Problem }

export interface BatchBounds {
  readonly maxDepth: number
  readonly maxEvents: number
}

const envelopeFields = ['id', 'key', 'version', 'time', 'type', 'qos', 'traceparent', 'payload'] as const

/** `{"events":[envelope…]}`. @throws SyncError when the body as a whole is not that. */
export function readBatch(text: string, { maxDepth, maxEvents }: BatchBounds): readonly Outcome[] {
  // The events lie three levels deeper than a payload alone: body, list, envelope.
  const body = asObject(parseJsonBounded(text, maxDepth + 3), '')
  onlyFields(body, ['events'])
  const { events } = body
  if (!Array.isArray(events)) throw wrongField('/events', 'must be a list of envelopes such as {"payload":{…}}')
  checkCount(events.length, maxEvents)
  const texts = rawPayloads(text)
  return events.map((envelope: Json, index) => each(() => withText(readEnvelope(envelope, `/events/${index}`), texts[index])))
}

/** An envelope a line; empty lines are passed over. A line that is not JSON spoils itself only. */
export function readLines(text: string, { maxDepth, maxEvents }: BatchBounds): readonly Outcome[] {
  const outcomes: Outcome[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end === -1 ? text.length : end)
    start = end === -1 ? text.length : end + 1
    if (line.trim() === '') continue
    checkCount(outcomes.length + 1, maxEvents)
    outcomes.push(each(() => withText(readEnvelope(parseJsonBounded(line, maxDepth + 1), ''), rawPayload(line))))
  }
  checkCount(outcomes.length, maxEvents)
  return outcomes
}

/** @throws SyncError `invalid_event` naming the field. What the values must be is checked where events are encoded. */
export function readEnvelope(value: Json, pointer: string): Incoming {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(pointer, 'must be an envelope: an object with a payload')
  for (const name of Object.keys(value)) {
    if (!(envelopeFields as readonly string[]).includes(name))
      throw refused(`${pointer}/${name.slice(0, 60)}`, `is not a field of the envelope; there are ${envelopeFields.join(', ')}`)
  }
  if (!Object.hasOwn(value, 'payload')) throw refused(`${pointer}/payload`, 'is missing')
  for (const name of ['id', 'key', 'time', 'type', 'qos', 'traceparent'] as const) {
    const field = (value as Readonly<Record<string, Json>>)[name]
    if (field !== undefined && typeof field !== 'string') throw refused(`${pointer}/${name}`, 'must be a string')
  }
  const { version } = value as Readonly<Record<string, Json>>
  if (version !== undefined && !Number.isSafeInteger(version)) throw refused(`${pointer}/version`, 'must be a whole number')
  return value as unknown as Incoming
}

export function checkCount(count: number, maxEvents: number): void {
  if (count === 0) throw new SyncError('invalid_request', 'The batch holds no event.')
  if (count > maxEvents) throw new SyncError('too_large', `The batch holds more than ${maxEvents} events. Send several batches.`)
}

/** A fault of one event is its own outcome, not that of its neighbours. */
export function each(read: () => Incoming): Outcome {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyncError) return { error: toProblem(error) }
    throw error
  }
}

function refused(pointer: string, message: string): SyncError {
  return new SyncError('invalid_event', `${pointer === '' ? 'The body' : pointer} ${message}.`, { faults: [{ pointer, message }] })
}
