import { mediaTypes } from './body.js'
import type { RouteDoc } from './route.js'
import { duration, list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const publishDoc: RouteDoc = {
  id: 'publish',
  tag: 'events',
  summary: 'Publish events',
  description:
    'Answers when the events are durable. With `application/json` the body is the payload and the headers are the rest of the event. ' +
    'The same id with the same content is answered as a duplicate; with other content it is refused (409) and nothing is stored. ' +
    'With `wait=delivered` the answer comes when every group of the topic is through with the event, or the time is up, and says in `outcomes` what each made of it. ' +
    'In a batch each event has its own outcome. CloudEvents 1.0 are taken in structured, binary (`ce-*` headers) and batched mode: ' +
    '`id`, `type`, `time` keep their names, `partitionkey` or else `subject` is the key, `dataversion` the version, `data` the payload; ' +
    '`source` is required but the event’s source is the caller; other extension attributes are refused.',
  query: {
    wait: {
      description: '`delivered`: answer when every group is through with the event, or after `timeout`.',
      schema: { enum: ['delivered'] },
    },
    timeout: { description: 'With `wait`: how long, at most 60s. Default: 10s.', schema: duration },
  },
  headers: {
    'Idempotency-Key': { description: 'The event’s id: chosen before the first try, kept over retries. Default: a UUIDv7.', schema: text },
    'Event-Key': { description: 'Which record the event is about, where the topic takes no key from the payload.', schema: text },
    'Event-Version': { description: 'The schema version of the payload.', schema: text },
    'Event-Time': { description: 'When it happened, ISO 8601. Default: now.', schema: text },
    'Event-Type': { description: 'Default: the topic.', schema: text },
    traceparent: { description: 'W3C Trace Context; kept with the event. A malformed one is dropped.', schema: text },
    'Hms-Sync-Name': { description: 'Who publishes, unless the URL carries a name (`http://name:key@host`).', schema: text },
  },
  body: {
    [mediaTypes.json]: { description: 'The payload.' },
    [mediaTypes.event]: ref('Envelope'),
    [mediaTypes.batch]: object({ events: list(ref('Envelope')) }, [], { additionalProperties: false }),
    [mediaTypes.ndjson]: { type: 'string', description: 'An envelope a line.' },
    [mediaTypes.cloudEvent]: ref('CloudEvent'),
    [mediaTypes.cloudEvents]: list(ref('CloudEvent')),
  },
  answers: {
    201: { description: 'Stored.', content: { 'application/json': ref('Published') } },
    200: {
      description: 'A duplicate; or the outcome of each event of a batch, in order.',
      content: { 'application/json': { anyOf: [ref('Published'), ref('BatchResults')] } },
    },
  },
  problems: [400, 404, 409, 413, 415, 422, 503, 504, 507],
}
