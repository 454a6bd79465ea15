import type { RouteDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const listAdaptersDoc: RouteDoc = {
  id: 'listAdapters',
  tag: 'adapters',
  summary: 'The adapters and whether they run',
  description: 'How the system behind one answers, and what waits for it, says the group of the same name.',
  answers: { 200: { description: 'Every adapter.', content: { 'application/json': object({ items: list(ref('Adapter')) }) } } },
}

export const showAdapterDoc: RouteDoc = {
  id: 'showAdapter',
  tag: 'adapters',
  summary: 'One adapter',
  answers: { 200: { description: 'The adapter.', content: { 'application/json': ref('Adapter') } } },
  problems: [404],
}

export const pauseAdapterDoc: RouteDoc = {
  id: 'pauseAdapter',
  tag: 'adapters',
  summary: 'Hold back what goes to a system',
  description:
    'Its events wait, in order and without losing tries, until it is resumed; a restart of the bus does not resume it. What is under way is finished.',
  answers: { 200: { description: 'Its health, now `paused`.', content: { 'application/json': ref('TargetHealth') } } },
  problems: [404, 503],
}

export const resumeAdapterDoc: RouteDoc = {
  id: 'resumeAdapter',
  tag: 'adapters',
  summary: 'Send to a system again',
  description:
    'Also for one that the bus has paused because it failed for too long. One that is out of reach is tried at once. What waited goes out at a limited rate.',
  answers: { 200: { description: 'Its health.', content: { 'application/json': ref('TargetHealth') } } },
  problems: [404, 503],
}

export const reloadAdapterDoc: RouteDoc = {
  id: 'reloadAdapter',
  tag: 'adapters',
  summary: 'Load an adapter’s file anew',
  description:
    'With `.env` as it is now. What is under way is finished or handed back first; the other adapters go on. Starts one that failed; a system that is out of reach is tried at once.',
  answers: { 200: { description: 'The adapter as it runs now.', content: { 'application/json': ref('Adapter') } } },
  problems: [404, 501, 503],
}

export const testAdapterDoc: RouteDoc = {
  id: 'testAdapter',
  tag: 'adapters',
  summary: 'Say what an adapter would send',
  description:
    'Matches, filters and maps events with the adapter’s file as it is now, whether or not it runs, and sends nothing. `events` are taken as they would be published; `since` takes what its topics received since, at most 100.',
  body: {
    'application/json': object(
      {
        events: list(
          object(
            { topic: text, id: text, key: text, version: { type: 'integer', minimum: 1 }, time: text, type: text, payload: {} },
            ['topic', 'id', 'key', 'version', 'time', 'type'],
            { additionalProperties: false, description: 'The `topic` may be left out where the adapter takes exactly one.' },
          ),
          { minItems: 1, maxItems: 100 },
        ),
        since: { ...text, description: 'A span such as 24h, an ISO time, or `all`.' },
      },
      ['events', 'since'],
      {
        additionalProperties: false,
        examples: [{ events: [{ topic: 'permitApproved', payload: { permitId: 7 } }] }, { since: '24h' }],
      },
    ),
  },
  answers: {
    200: {
      description: 'For each event what each sink would do with it.',
      content: { 'application/json': object({ items: list(ref('AdapterTest')) }) },
    },
  },
  problems: [404, 415, 422, 500, 501, 504],
}
