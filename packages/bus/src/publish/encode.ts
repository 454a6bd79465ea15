import { type Fault, type Json, newEventId, SyncError } from '@hms-sync/client'
import type { Contract } from '../contracts/contract.js'
import type { LogEvent } from '../event.js'
import type { TopicConfig } from '../registry/config.js'
import { EncodedEvent } from './encoded-event.js'
import type { Incoming } from './incoming.js'

/** What encoding needs to know of a topic. */
export interface TopicContract {
  readonly config: TopicConfig
  /** By schema version; a version without an entry is not validated. */
  readonly contracts: ReadonlyMap<number, Contract>
}

const maxNameLength = 256
const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/
const printable = /^[^\p{Cc}\p{Cs}]+$/u
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * The event as it will lie in the log, checked against the topic.
 * @throws SyncError `invalid_event`, `schema_violation`, `key_missing`, `unknown_version`, `qos_mismatch`.
 */
export function encode(topic: TopicContract, source: string, incoming: Incoming, received: number): LogEvent {
  const { config } = topic
  if (incoming.qos !== undefined && incoming.qos !== config.qos) {
    throw new SyncError(
      'qos_mismatch',
      `The topic ${config.name} is ${config.qos}; a publish cannot ask for ${String(incoming.qos).slice(0, 40)}. Leave qos out.`,
    )
  }
  const own = incoming.id === undefined
  const id = own ? newEventId() : name(incoming.id, 'id')
  const version = checkVersion(topic, incoming.version)
  const faults = topic.contracts.get(version)?.validate(incoming.payload) ?? []
  if (faults.length > 0) throw violation(config.name, version, faults)
  const key = eventKey(config, incoming)
  const type = incoming.type === undefined ? config.name : name(incoming.type, 'type')
  const time = incoming.time === undefined ? isoText(received) : checkTime(incoming.time)
  const trace = incoming.traceparent === undefined ? '' : `"traceparent":"${checkTrace(incoming.traceparent)}",`
  const head =
    `{"id":${own ? `"${id}"` : JSON.stringify(id)},${ofTopic(config.name, type, version)}${key === null ? '' : `"key":${JSON.stringify(key)},`}` +
    `"source":"${source}","time":"${time}",${trace}"payload":`
  return new EncodedEvent({ id, source, key, received }, head, incoming.text ?? JSON.stringify(incoming.payload))
}

let last = { topic: '', type: '', version: 0, text: '' }
/** The fields that events of one topic mostly share; they come many in a row, so the last ones are kept. */
function ofTopic(topic: string, type: string, version: number): string {
  if (topic !== last.topic || type !== last.type || version !== last.version) {
    last = { topic, type, version, text: `"topic":"${topic}","type":${JSON.stringify(type)},"version":${version},` }
  }
  return last.text
}

let isoMs = Number.NaN
let iso = ''
/** ISO 8601 text of a time; events come many to the millisecond, so the last one is kept. */
export function isoText(ms: number): string {
  if (ms !== isoMs) {
    isoMs = ms
    iso = new Date(ms).toISOString()
  }
  return iso
}

function name(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxNameLength || !printable.test(value)) {
    throw new SyncError('invalid_event', `The event’s ${what} must be 1 to ${maxNameLength} printable characters.`, {
      faults: [{ pointer: `/${what}`, message: `must be 1 to ${maxNameLength} printable characters` }],
    })
  }
  return value
}

function checkVersion({ config, contracts }: TopicContract, asked: number | undefined): number {
  const current = config.version ?? 1
  if (asked === undefined || asked === current) return current
  if (Number.isInteger(asked) && asked > 0 && (config.version === null || contracts.has(asked))) return asked
  const known = contracts.size > 0 ? [...contracts.keys()].sort((a, b) => a - b).join(', ') : String(current)
  throw new SyncError(
    'unknown_version',
    `The topic ${config.name} has no schema version ${String(asked).slice(0, 20)}; it has ${known}. Publish one of these, or add schemas/${config.name}.v${String(asked).slice(0, 20)}.json.`,
  )
}

function violation(topic: string, version: number, faults: readonly Fault[]): SyncError {
  const first = faults[0]!
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return new SyncError(
    'schema_violation',
    `The payload does not match schema v${version} of ${topic}: ${first.pointer || 'the payload'} ${first.message}${more}.`,
    { faults },
  )
}

/** The key on the wire is a string whatever its type in the payload. @throws SyncError `key_missing`, `invalid_event`. */
export function eventKey(config: TopicConfig, incoming: Pick<Incoming, 'key' | 'payload'>): string | null {
  if (config.key === null) return incoming.key === undefined ? null : name(incoming.key, 'key')
  const path = config.key.join('.')
  let value: Json | undefined = incoming.payload
  for (const step of config.key) value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined
  if (value === undefined || value === null || typeof value === 'object' || value === '') {
    throw new SyncError(
      'key_missing',
      `The payload has no key: the topic ${config.name} takes it from ${path}, which must be a string, a number or a boolean.`,
      {
        faults: [{ pointer: `/${config.key.join('/')}`, message: 'is the topic’s key and must be a string, a number or a boolean' }],
      },
    )
  }
  if (typeof value === 'number' && isBlurred(value)) throw blurredKey(config, path)
  const key = name(String(value), 'key')
  if (incoming.key !== undefined && incoming.key !== key) {
    throw new SyncError(
      'invalid_event',
      `The event’s key "${String(incoming.key).slice(0, 60)}" contradicts the payload: the topic ${config.name} takes it from ${path}. Leave the key out.`,
    )
  }
  return key
}

/** JavaScript reads 9007199254740993 as …992 and 1e400 as Infinity: as keys, two records would become one. */
function isBlurred(value: number): boolean {
  return Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value)
}

function blurredKey({ name: topic, key }: TopicConfig, path: string): SyncError {
  const message = 'is a number that cannot be told from its neighbours: beyond 9007199254740991 send it as a string'
  return new SyncError('invalid_event', `The key of ${topic}, ${path}, ${message}.`, {
    faults: [{ pointer: `/${key!.join('/')}`, message }],
  })
}

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkTime(time: unknown): string {
  if (typeof time !== 'string' || !isoTime.test(time) || Number.isNaN(Date.parse(time))) {
    throw new SyncError('invalid_event', 'The event’s time must be ISO 8601, such as 2024-04-23T15:02:11Z.', {
      faults: [{ pointer: '/time', message: 'must be ISO 8601' }],
    })
  }
  return time
}

function checkTrace(traceparent: unknown): string {
  if (typeof traceparent !== 'string' || !traceparentForm.test(traceparent)) {
    throw new SyncError('invalid_event', 'traceparent must have the form of W3C Trace Context: 00-<32 hex>-<16 hex>-<2 hex>.')
  }
  return traceparent
}
