import type { PublishOptions } from '../bus.js'
import { SyncError } from '../errors.js'
import { newEventId } from './event-id.js'
import { payloadText } from './payload.js'

/** An event encoded once, before the first try: every retry sends the same text. */
export interface EncodedEvent {
  readonly id: string
  readonly text: string
  readonly bytes: number
}

/** @throws SyncError `invalid_event`, `invalid_json`, `invalid_request`. */
export function encodeEvent(payload: unknown, options: PublishOptions): EncodedEvent {
  const id = options.id === undefined ? newEventId() : checkedId(options.id)
  const payloadJson = payloadText(payload)
  let text = `{"id":${JSON.stringify(id)}`
  if (options.key !== undefined) text += `,"key":${JSON.stringify(String(options.key))}`
  if (options.version !== undefined) text += `,"version":${checkedVersion(options.version)}`
  if (options.time !== undefined) text += `,"time":${JSON.stringify(isoTime(options.time))}`
  if (options.type !== undefined) text += `,"type":${JSON.stringify(String(options.type))}`
  if (options.qos !== undefined) text += `,"qos":${JSON.stringify(String(options.qos))}`
  if (options.traceparent !== undefined) text += `,"traceparent":${JSON.stringify(String(options.traceparent))}`
  text += ',"payload":'
  // Counted piece by piece: counting the whole would make one text of it here, and the frame makes one of all its events.
  return { id, text: `${text}${payloadJson}}`, bytes: utf8Length(text) + utf8Length(payloadJson) + 1 }
}

function checkedId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  throw new SyncError('invalid_event', 'The option `id` must be a string that is not empty.', {
    faults: [{ pointer: '/id', message: 'must be a string that is not empty' }],
  })
}

function checkedVersion(version: unknown): number {
  if (Number.isSafeInteger(version) && (version as number) > 0) return version as number
  throw new SyncError('invalid_event', 'The option `version` must be a whole number from 1 on.', {
    faults: [{ pointer: '/version', message: 'must be a whole number from 1 on' }],
  })
}

function isoTime(time: unknown): string {
  if (typeof time === 'string') return time
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new SyncError('invalid_event', 'The option `time` must be an ISO 8601 text or a valid Date.', {
    faults: [{ pointer: '/time', message: 'must be an ISO 8601 text or a valid Date' }],
  })
}

const encoder = new TextEncoder()

const utf8Length: (text: string) => number =
  typeof Buffer === 'function' ? (text) => Buffer.byteLength(text) : (text) => encoder.encode(text).length
