import { failureSchemas } from './failure-schemas.js'
import type { SchemaDoc } from './route.js'
import { count, duration, list, object, or, text, time } from './schema-pieces.js'

/** A reference to one of the components below. */
export function ref(name: keyof typeof componentSchemas): SchemaDoc {
  return { $ref: `#/components/schemas/${name}` }
}

const published = {
  id: text,
  position: { type: 'string', description: 'Opaque; compare positions only within one key.' },
  duplicate: { type: 'boolean', description: 'True: the bus had it already; this is the answer of the first time.' },
  outcomes: {
    type: 'array',
    items: { $ref: '#/components/schemas/GroupOutcome' },
    description: 'What each group of the topic made of it: with `wait=delivered` alone.',
  },
}
const lastError = or(object({ at: time, reason: text }), 'null')
const componentRef = (name: string): SchemaDoc => ({ $ref: `#/components/schemas/${name}` })

/** What answers and bodies are made of. */
export const componentSchemas = {
  Problem: object(
    {
      type: text,
      title: text,
      status: { type: 'integer' },
      detail: { type: 'string', description: 'What is wrong, where, and what to do.' },
      code: { type: 'string', description: 'Stable: what programs go by.' },
      errors: list(object({ pointer: text, message: text })),
    },
    ['errors'],
    { description: 'RFC 9457: every error has this form.' },
  ),
  Event: object(
    {
      id: text,
      topic: text,
      type: text,
      version: { type: 'integer', minimum: 1 },
      key: text,
      source: text,
      time,
      payload: { description: 'What the producer sent.' },
      traceparent: text,
      qos: { enum: ['at_least_once', 'exactly_once'] },
      replayable_until: time,
      position: text,
      received: time,
    },
    ['key', 'traceparent'],
  ),
  Envelope: object(
    {
      id: text,
      key: text,
      version: { type: 'integer', minimum: 1 },
      time,
      type: text,
      qos: text,
      traceparent: text,
      payload: { description: 'Any JSON.' },
    },
    ['id', 'key', 'version', 'time', 'type', 'qos', 'traceparent'],
    { additionalProperties: false },
  ),
  CloudEvent: object(
    {
      specversion: { const: '1.0' },
      id: text,
      source: text,
      type: text,
      time,
      subject: text,
      partitionkey: text,
      dataversion: text,
      data: {},
    },
    ['time', 'subject', 'partitionkey', 'dataversion'],
  ),
  Published: object(published, ['outcomes']),
  BatchResults: object({
    results: list({
      anyOf: [
        object({ status: { enum: [200, 201] }, ...published }, ['outcomes']),
        object({ status: { type: 'integer' }, error: componentRef('Problem') }),
      ],
    }),
  }),
  Gap: object({ topic: text, first: text, last: text }, [], {
    description: 'Events between the two positions were trimmed before they were read.',
  }),
  Page: object({ events: list(componentRef('Event')), next: or(text, 'null'), gaps: list(componentRef('Gap')) }, ['gaps']),
  Delivery: object({ token: text, attempt: { type: 'integer', minimum: 1 }, deadline: time, event: componentRef('Event') }),
  Deliveries: object({ deliveries: list(componentRef('Delivery')), gaps: list(componentRef('Gap')) }, ['gaps']),
  Settled: object({ results: list({ enum: ['ok', 'expired'] }) }),
  Topic: object({
    name: text,
    description: text,
    qos: text,
    key: or(text, 'null'),
    retention: duration,
    partitions: count,
    schema: or(text, 'null'),
    unvalidated: { type: 'boolean' },
    producers: or(list(text), 'null'),
    consumers: or(list(text), 'null'),
    events: count,
    bytes: count,
    firstReceived: or(time, 'null'),
    published: count,
    duplicates: count,
    unrouted: count,
    groups: list(text),
  }),
  Group: object({
    name: text,
    members: count,
    topics: list(
      object({
        topic: text,
        declared: { type: 'boolean' },
        lag: count,
        oldestWaiting: or(time, 'null'),
        inFlight: count,
        retrying: count,
        delivered: count,
        failed: count,
        dead: { ...count, description: 'Events given up since the bus started.' },
        parked: { ...count, description: 'Events that wait behind a dead letter of their key.' },
        lastError,
        cursor: text,
      }),
    ),
    health: { ...or(componentRef('TargetHealth'), 'null'), description: 'Null: a group of subscribers.' },
    deadLetters: { ...count, description: 'Dead letters that wait for somebody.' },
  }),
  Adapter: object(
    {
      name: text,
      state: { enum: ['running', 'failed', 'stopped'] },
      reason: { type: 'string', description: 'Why it does not run.' },
      target: { ...or(text, 'null'), description: 'Where it writes, without secrets; null before it was loaded.' },
      topics: list(text),
      delivered: count,
      failed: { ...count, description: 'Tries that did not do: `retried` and `refused` together.' },
      retried: count,
      refused: count,
      inFlight: count,
      lastError,
      restarts: count,
    },
    ['reason'],
  ),
  Change: object({ topic: text, what: text, refused: text }, ['refused']),
  ...failureSchemas,
} as const satisfies Record<string, SchemaDoc>
