import type { RouteDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const listTopicsDoc: RouteDoc = {
  id: 'listTopics',
  tag: 'topics',
  summary: 'The topics as applied',
  answers: {
    200: { description: 'Every topic that the caller may see.', content: { 'application/json': object({ items: list(ref('Topic')) }) } },
  },
}

export const showTopicDoc: RouteDoc = {
  id: 'showTopic',
  tag: 'topics',
  summary: 'One topic',
  answers: { 200: { description: 'The topic.', content: { 'application/json': ref('Topic') } } },
  problems: [404],
}

export const applyTopicsDoc: RouteDoc = {
  id: 'applyTopics',
  tag: 'topics',
  summary: 'Take up a changed topics.yaml',
  description:
    'Reads the project folder again and applies it under traffic. A change that would lose data is refused and named, and then nothing is applied, unless its topic is listed in `acceptLoss`.',
  body: { 'application/json': object({ acceptLoss: list(text) }, ['acceptLoss'], { additionalProperties: false }) },
  answers: { 200: { description: 'What changed.', content: { 'application/json': object({ items: list(ref('Change')) }) } } },
  problems: [409, 415, 422, 501, 503],
}
