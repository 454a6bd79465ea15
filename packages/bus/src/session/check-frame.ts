import { type ClientFrame, errorClasses, type Json, SyncError } from '@hms-sync/client'

type Fields = { readonly [name: string]: Json }
type Check = (value: Json | undefined) => boolean

const number: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const text: Check = (value) => typeof value === 'string' && value.length <= 512
const topics: Check = (value) => Array.isArray(value) && value.length <= 256 && value.every(text)
const record = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const records: Check = (value) => Array.isArray(value) && value.every(record)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const outcomes = new Set<Json | undefined>(['done', 'retry', 'refused', 'unknown', 'extend'])
const amount: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0
const textTo =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most
const classes = new Set<Json | undefined>(errorClasses)
const captured: Check = (value) =>
  record(value) &&
  Object.entries(value).length <= 20 &&
  Object.entries(value).every(
    ([name, field]) => name.length <= 100 && (textTo(500)(field) || typeof field === 'boolean' || Number.isFinite(field)),
  )
const attempt: Check = (value) =>
  record(value) &&
  amount(value.durationMs) &&
  optional(textTo(500))(value.request) &&
  optional(number)(value.status) &&
  optional(textTo(1_000))(value.answer) &&
  optional((name) => classes.has(name))(value.errorClass) &&
  optional(captured)(value.captured)
/** What a policy may ask for is checked where it is followed. */
const policy: Check = (value) =>
  record(value) &&
  optional((most) => most === null || amount(most))(value.maxAttempts) &&
  optional((pauses) => Array.isArray(pauses) && pauses.every(amount))(value.retryMs) &&
  optional(
    (target) =>
      record(target) && optional((rate) => rate === null || amount(rate))(target.ratePerSecond) && optional(amount)(target.pauseAfterMs),
  )(value.target)
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
      optional((scope) => scope === 'target' || scope === 'event')(item.scope) &&
      optional((filtered) => filtered === true)(item.filtered) &&
      optional(attempt)(item.attempt) &&
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
  outcomes: { ref: number, topic: text, position: text, timeoutMs: number },
  subscribe: {
    sub: number,
    topics: (value) => value === null || topics(value),
    declared: optional((value) => typeof value === 'boolean'),
    group: optional(text),
    from: optional(text),
    since: optional(text),
    after: optional((value) => record(value) && Object.values(value).every((cursor) => typeof cursor === 'string')),
    until: optional((value) => value === 'now'),
    credit: number,
    ackTimeoutMs: optional((value) => number(value) && (value as number) >= 100 && (value as number) <= 86_400_000),
    qos: optional(text),
    policy: optional(policy),
  },
  credit: { sub: number, n: number },
  settle: { ref: number, sub: number, items: settlements },
  unsubscribe: { sub: number },
}

/** What a caller cannot see from the name of the field. */
const hints: Readonly<Record<string, string>> = {
  topics:
    ' Name at most 256 topics; subscriptions of one group that share topics on one connection count together. A pattern takes many in.',
}

/** The frame, with every field of the right kind. @throws SyncError `invalid_request` naming the field. */
export function checkFrame(frame: Json): ClientFrame {
  const op = record(frame) ? frame.op : undefined
  if (!record(frame) || typeof op !== 'string' || !Object.hasOwn(frames, op)) {
    throw new SyncError('invalid_request', `A frame is a JSON object with op: ${Object.keys(frames).join(', ')}.`)
  }
  for (const [field, check] of Object.entries(frames[op as ClientFrame['op']])) {
    if (!check(frame[field]))
      throw new SyncError('invalid_request', `The field ${field} of the frame ${op} is missing or of the wrong kind.${hints[field] ?? ''}`)
  }
  return frame as unknown as ClientFrame
}

/** The number of the subscription that a frame asks for, whatever is wrong with the rest of it; null when it asks for none. */
export function subscriptionOf(frame: Json): number | null {
  return record(frame) && frame.op === 'subscribe' && number(frame.sub) ? (frame.sub as number) : null
}
