import { type ClientFrame, type Json, SyncError } from '@hms-sync/client'

type Fields = { readonly [name: string]: Json }
type Check = (value: Json | undefined) => boolean

const number: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const text: Check = (value) => typeof value === 'string' && value.length <= 512
const topics: Check = (value) => Array.isArray(value) && value.length > 0 && value.length <= 256 && value.every(text)
const record = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const records: Check = (value) => Array.isArray(value) && value.every(record)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const outcomes = new Set<Json | undefined>(['done', 'retry', 'refused', 'unknown', 'extend'])
const settlements: Check = (value) =>
  Array.isArray(value) &&
  value.length <= 10_000 &&
  value.every(
    (item) =>
      record(item) &&
      text(item.token) &&
      outcomes.has(item.outcome) &&
      optional(number)(item.delayMs) &&
      optional(text)(item.reason) &&
      (item.outcome !== 'extend' || number(item.byMs)),
  )

/** The fields of each frame. What an event holds is checked where every door's events are. */
const frames: Readonly<Record<ClientFrame['op'], Readonly<Record<string, Check>>>> = {
  hello: { v: number, name: optional(text), client: optional(text) },
  publish: {
    ref: number,
    topic: text,
    events: (value) => records(value) && (value as Fields[]).every((event) => event.payload !== undefined),
  },
  subscribe: {
    sub: number,
    topics: (value) => value === null || topics(value),
    group: optional(text),
    from: optional(text),
    since: optional(text),
    after: optional((value) => record(value) && Object.values(value).every((cursor) => typeof cursor === 'string')),
    until: optional((value) => value === 'now'),
    credit: number,
    ackTimeoutMs: optional((value) => number(value) && (value as number) >= 100 && (value as number) <= 86_400_000),
    qos: optional(text),
  },
  credit: { sub: number, n: number },
  settle: { ref: number, sub: number, items: settlements },
  unsubscribe: { sub: number },
}

/** The frame, with every field of the right kind. @throws SyncError `invalid_request` naming the field. */
export function checkFrame(frame: Json): ClientFrame {
  const op = record(frame) ? frame.op : undefined
  if (!record(frame) || typeof op !== 'string' || !Object.hasOwn(frames, op)) {
    throw new SyncError('invalid_request', `A frame is a JSON object with op: ${Object.keys(frames).join(', ')}.`)
  }
  for (const [field, check] of Object.entries(frames[op as ClientFrame['op']])) {
    if (!check(frame[field]))
      throw new SyncError('invalid_request', `The field ${field} of the frame ${op} is missing or of the wrong kind.`)
  }
  return frame as unknown as ClientFrame
}
