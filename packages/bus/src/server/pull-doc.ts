import type { RouteDoc } from './route.js'
import { duration, list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const pullDoc: RouteDoc = {
  id: 'pull',
  tag: 'groups',
  summary: 'Take deliveries of a group',
  description:
    'Waits up to `wait` and answers at the first delivery. Each is yours until its deadline: ack, nack or extend it by its token. ' +
    'What is not settled by then is delivered again, and counts as an attempt. A caller that hangs up before the answer hands back what it would have got. ' +
    'A group that is new starts at `from`; without `topics` the group must exist.',
  body: {
    'application/json': object(
      {
        topics: list(text),
        max: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
        wait: { ...duration, default: '0s', description: 'At most 60s.' },
        from: { type: 'string', description: 'Where a new group starts: now, all, or a span.', default: 'now' },
        ackTimeout: { ...duration, default: '30s' },
        qos: text,
      },
      ['topics', 'max', 'wait', 'from', 'ackTimeout', 'qos'],
      { additionalProperties: false },
    ),
  },
  answers: { 200: { description: 'Deliveries; none when the time ran out.', content: { 'application/json': ref('Deliveries') } } },
  problems: [404, 415, 422, 503],
}
