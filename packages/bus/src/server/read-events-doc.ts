import type { RouteDoc } from './route.js'
import { text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const readEventsDoc: RouteDoc = {
  id: 'readEvents',
  tag: 'events',
  summary: 'Read events without a group',
  description:
    'Nothing moves and nothing is settled. `application/json` answers a page; give its `next` back as `after` to go on. ' +
    '`text/event-stream` follows: each event has a cursor as its `id`, which `Last-Event-ID` resumes from; an event `gap` says that events were trimmed before they were read, ' +
    'and an event `ended` says why the stream ends. `application/x-ndjson` answers all that is there now, an event a line. ' +
    'Without `since` and `after` a stream begins now, and pages and lines begin with the oldest event.',
  query: {
    since: { description: 'A span such as 10m, an ISO time, or `all`: by the time the bus received the events.', schema: text },
    after: { description: 'A cursor as it was given out. Beats `since`.', schema: text },
    limit: {
      description: 'At most so many events. Not for streams that follow.',
      schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
    },
    key: { description: 'Only events of this key.', schema: text },
  },
  headers: { 'Last-Event-ID': { description: 'Streams only: the cursor to resume from. Beats `after`.', schema: text } },
  answers: {
    200: {
      description: 'A page, a stream, or lines.',
      content: {
        'application/json': ref('Page'),
        'text/event-stream': { type: 'string' },
        'application/x-ndjson': { type: 'string', description: 'An event a line.' },
      },
    },
  },
  problems: [404, 410, 503],
}
