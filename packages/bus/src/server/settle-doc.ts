import type { RouteDoc } from './route.js'
import { duration, list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

const tokens = list(text, { minItems: 1, maxItems: 1_000 })
const answers: RouteDoc['answers'] = {
  200: {
    description: 'A result for each token, in order: `expired` when the delivery is no longer yours.',
    content: { 'application/json': ref('Settled') },
  },
}
const problems = [404, 415, 503]

export const ackDoc: RouteDoc = {
  id: 'ack',
  tag: 'groups',
  summary: 'Acknowledge deliveries',
  description: 'Answers when it is durable.',
  body: { 'application/json': object({ tokens }, [], { additionalProperties: false }) },
  answers,
  problems,
}

export const nackDoc: RouteDoc = {
  id: 'nack',
  tag: 'groups',
  summary: 'Ask for deliveries again',
  description: 'After `delay`, at once without it. Counts as an attempt.',
  body: {
    'application/json': object(
      { tokens, delay: { ...duration, default: '0s' }, reason: { type: 'string', maxLength: 1_000 } },
      ['delay', 'reason'],
      { additionalProperties: false },
    ),
  },
  answers,
  problems,
}

export const extendDoc: RouteDoc = {
  id: 'extend',
  tag: 'groups',
  summary: 'Keep deliveries longer',
  description: 'Each is yours for `delay` more from now on.',
  body: { 'application/json': object({ tokens, delay: { ...duration, default: '30s' } }, ['delay'], { additionalProperties: false }) },
  answers,
  problems,
}
