import type { RouteDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const listReplaysDoc: RouteDoc = {
  id: 'listReplays',
  tag: 'failures',
  summary: 'Replays under way, and those that ended',
  answers: {
    200: { description: 'Those since the bus started.', content: { 'application/json': object({ items: list(ref('Replay')) }) } },
  },
}

export const startReplayDoc: RouteDoc = {
  id: 'startReplay',
  tag: 'failures',
  summary: 'Send events to one adapter again',
  description:
    'What the group got since then, in order per key, beside its live progress, which does not move. Each event carries the `Idempotency-Key` it always had, so a system that honours it applies nothing twice.',
  body: {
    'application/json': object(
      {
        group: text,
        adapter: { type: 'string', description: 'Another word for `group`.' },
        since: { type: 'string', description: 'A span such as 2h, an ISO time, or `all`.' },
        topics: list(text, { minItems: 1, description: 'Of the group’s topics; all of them when absent.' }),
      },
      ['group', 'adapter', 'topics'],
      { additionalProperties: false, examples: [{ adapter: 'scheduling', since: '2h' }] },
    ),
  },
  answers: { 201: { description: 'It has begun.', content: { 'application/json': ref('Replay') } } },
  problems: [404, 415, 503],
}

export const cancelReplayDoc: RouteDoc = {
  id: 'cancelReplay',
  tag: 'failures',
  summary: 'End a replay early',
  description: 'What is under way is finished; nothing more is sent.',
  answers: { 200: { description: 'The replay as it stands now.', content: { 'application/json': ref('Replay') } } },
  problems: [404],
}
