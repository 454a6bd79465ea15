import { adapterParameter, attemptOutcomes, groupParameter } from './failure-schemas.js'
import { pageParameters } from './page-query.js'
import type { RouteDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const listDeliveriesDoc: RouteDoc = {
  id: 'listDeliveries',
  tag: 'failures',
  summary: 'Every try that is remembered',
  description: 'The newest first: what was asked, what was answered, how long it took. The oldest are forgotten.',
  query: {
    group: groupParameter,
    adapter: adapterParameter,
    topic: { description: 'Of this topic.', schema: text },
    outcome: { description: 'Those that ended like this.', schema: { enum: [...attemptOutcomes] } },
    event: { description: 'Of the event with this id.', schema: text },
    since: { description: 'Ended since: a span such as 2h, or an ISO time.', schema: { type: 'string', examples: ['10m'] } },
    ...pageParameters,
  },
  answers: { 200: { description: 'A page of tries.', content: { 'application/json': ref('AttemptPage') } } },
  problems: [404, 503],
}

export const traceDoc: RouteDoc = {
  id: 'traceEvent',
  tag: 'failures',
  summary: 'What became of one event',
  description:
    'For every group: whether it is delivered, and each try that is remembered, the oldest first. One item for each topic and source that used the id.',
  query: { topic: { description: 'Only on this topic.', schema: text } },
  answers: { 200: { description: 'The traces.', content: { 'application/json': object({ items: list(ref('Trace')) }) } } },
  problems: [404, 503],
}
