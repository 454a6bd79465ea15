import type { IncomingHttpHeaders } from 'node:http'
import { type Json, SyncError } from '@hms-sync/client'
import { parseJsonBounded } from '../json.js'
import type { Incoming } from '../publish/incoming.js'
import { type BatchBounds, checkCount, each, type Outcome } from './envelopes.js'

/*
 * CloudEvents 1.0 on the way in (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).
 * id → id, type → type, time → time, data → payload, partitionkey → key (else subject), dataversion → version,
 * traceparent → traceparent. `source` is required by CloudEvents and read, but the event's source is the principal:
 * nobody names another on open loopback. To keep ids of several CloudEvents sources apart, publish under several names.
 * Other extension attributes have no place in an event and are refused, so that none is lost silently.
 */

const mapped = [
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'subject',
  'partitionkey',
  'dataversion',
  'traceparent',
  'tracestate',
  'datacontenttype',
  'dataschema',
] as const

/** Structured mode: the whole event is one JSON object. @throws SyncError `invalid_event` naming the attribute. */
export function readCloudEvent(value: Json, pointer: string): Incoming {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(pointer, 'must be a CloudEvent: an object with specversion, id, source, type and data')
  const event = value as Readonly<Record<string, Json>>
  if (Object.hasOwn(event, 'data_base64')) throw refused(`${pointer}/data_base64`, 'is not supported: payloads are JSON; send data')
  if (!Object.hasOwn(event, 'data')) throw refused(`${pointer}/data`, 'is missing: an event has a payload')
  const attributes: Record<string, string> = {}
  for (const [name, attribute] of Object.entries(event)) {
    if (name === 'data' || attribute === null) continue
    if (typeof attribute !== 'string' && !(name === 'dataversion' && typeof attribute === 'number'))
      throw refused(`${pointer}/${name.slice(0, 60)}`, 'must be a string')
    attributes[name] = String(attribute)
  }
  return { ...fromAttributes(attributes, (name) => `${pointer}/${name}`), payload: event.data! }
}

/** Batched mode: a list of structured events, an outcome each. */
export function readCloudEvents(text: string, { maxDepth, maxEvents }: BatchBounds): readonly Outcome[] {
  const events = parseJsonBounded(text, maxDepth + 2)
  if (!Array.isArray(events)) throw new SyncError('invalid_request', 'The body must be a list of CloudEvents.')
  checkCount(events.length, maxEvents)
  return events.map((event: Json, index) => each(() => readCloudEvent(event, `/${index}`)))
}

/** `ce-specversion` is required in binary mode and found nowhere else. */
export function isBinaryCloudEvent(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined
}

/** Binary mode: attributes in `ce-*` headers, the data as body. */
export function readBinaryCloudEvent(headers: IncomingHttpHeaders, text: string, maxDepth: number): Incoming {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && value !== undefined) attributes[name.slice(3)] = decodeHeader(String(value))
  }
  const payload = parseJsonBounded(text, maxDepth)
  const fields = fromAttributes(attributes, (name) => `ce-${name}`)
  return text.includes('\n') || text.includes('\r') ? { ...fields, payload } : { ...fields, payload, text }
}

function fromAttributes(attributes: Readonly<Record<string, string>>, at: (name: string) => string): Omit<Incoming, 'payload'> {
  for (const name of Object.keys(attributes)) {
    if (!(mapped as readonly string[]).includes(name))
      throw refused(at(name.slice(0, 60)), 'is an extension that an event has no place for; put it into the data')
  }
  const { specversion, id, source, type, time, subject, partitionkey, dataversion, traceparent, datacontenttype } = attributes
  if (specversion !== '1.0') throw refused(at('specversion'), 'must be "1.0"')
  for (const [name, value] of Object.entries({ id, source, type })) {
    if (value === undefined || value === '') throw refused(at(name), 'is required by CloudEvents')
  }
  if (datacontenttype !== undefined && !/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(datacontenttype))
    throw refused(at('datacontenttype'), 'must be JSON: other payloads are not supported')
  if (dataversion !== undefined && !/^[1-9]\d{0,5}$/.test(dataversion)) throw refused(at('dataversion'), 'must be a whole number')
  const key = partitionkey ?? subject
  return {
    id: id!,
    type: type!,
    ...(key === undefined ? {} : { key }),
    ...(time === undefined ? {} : { time }),
    ...(dataversion === undefined ? {} : { version: Number(dataversion) }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** Header values are percent-encoded UTF-8 (CloudEvents HTTP binding 3.1.3.2). */
function decodeHeader(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function refused(pointer: string, message: string): SyncError {
  return new SyncError('invalid_event', `${pointer === '' ? 'The body' : pointer} ${message}.`, { faults: [{ pointer, message }] })
}
