import { deadLetterStates } from './dead-letter-filter.js'
import { adapterParameter, errorClass, groupParameter } from './failure-schemas.js'
import { pageParameters } from './page-query.js'
import type { RouteDoc, SchemaDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

const since: SchemaDoc = { type: 'string', examples: ['2h', '2026-11-21T08:00:00Z'] }

export const listDeadLettersDoc: RouteDoc = {
  id: 'listDeadLetters',
  tag: 'failures',
  summary: 'Deliveries that gave up',
  description: 'The newest first. Only an `open` one waits for somebody.',
  query: {
    group: groupParameter,
    adapter: adapterParameter,
    topic: { description: 'Of this topic.', schema: text },
    errorClass: { description: 'What went wrong, coarsely.', schema: errorClass },
    state: { description: 'In this state.', schema: { enum: [...deadLetterStates] } },
    since: { description: 'Gave up since: a span such as 2h, or an ISO time.', schema: since },
    until: { description: 'Gave up before: a span such as 10m, or an ISO time.', schema: since },
    ...pageParameters,
  },
  answers: { 200: { description: 'A page of them.', content: { 'application/json': ref('DeadLetterPage') } } },
  problems: [404, 503],
}

export const showDeadLetterDoc: RouteDoc = {
  id: 'showDeadLetter',
  tag: 'failures',
  summary: 'One dead letter with its event and its tries',
  description: '`content` is the event as it would be sent again; `tries` are the last ones, the oldest first.',
  answers: { 200: { description: 'The dead letter.', content: { 'application/json': ref('DeadLetterDetail') } } },
  problems: [404, 503],
}

export const editDeadLetterDoc: RouteDoc = {
  id: 'editDeadLetter',
  tag: 'failures',
  summary: 'Mend the payload of a dead letter',
  description:
    'Replaces the payload that a redrive sends; it must fit the topic’s schema. The log keeps what was published. Only while the dead letter is open.',
  body: {
    'application/json': object({ payload: { description: 'Any JSON.' } }, [], {
      additionalProperties: false,
      examples: [{ payload: { permitId: 7, address: '12 Main St' } }],
    }),
  },
  answers: { 200: { description: 'The dead letter as it is now.', content: { 'application/json': ref('DeadLetterDetail') } } },
  problems: [404, 409, 415, 422, 503],
}

const changeBody: NonNullable<RouteDoc['body']> = {
  'application/json': object(
    {
      ids: list(text, { minItems: 1, maxItems: 1_000, description: 'These.' }),
      group: { type: 'string', description: 'Of this group.' },
      adapter: { type: 'string', description: 'Another word for `group`.' },
      topic: { type: 'string', description: 'Of this topic.' },
      errorClass,
      state: { enum: [...deadLetterStates], description: 'Only `open` ones can be changed; the others are answered with why not.' },
      since: { ...since, description: 'Gave up since.' },
      until: { ...since, description: 'Gave up before.' },
      all: { type: 'boolean', default: false, description: 'Needed where nothing else says which.' },
      dryRun: { type: 'boolean', default: false, description: 'Only say what would happen.' },
    },
    ['ids', 'group', 'adapter', 'topic', 'errorClass', 'state', 'since', 'until', 'all', 'dryRun'],
    {
      additionalProperties: false,
      examples: [{ adapter: 'scheduling', errorClass: 'refused', since: '2h', dryRun: true }, { ids: ['12', '13'] }],
    },
  ),
}
const changeAnswers: RouteDoc['answers'] = {
  200: {
    description: 'What became of each, and how many remain.',
    content: { 'application/json': ref('DeadLetterChanges') },
  },
}

export const redriveDoc: RouteDoc = {
  id: 'redriveDeadLetters',
  tag: 'failures',
  summary: 'Send dead letters again',
  description:
    'Open ones that fit the filter, the oldest first, at most 1,000 a call. Each takes the turn of its key, and is sent with the `Idempotency-Key` it always had. ' +
    'At most 10,000 of all groups are on their way at once: those beyond are left open, `later`, and counted as `remaining`. ' +
    'Answers when that is durable, not when it is delivered. One whose key has newer state is superseded, and refused. ' +
    'A filter that says nothing is refused unless `all` is true. ' +
    'Whoever calls until nothing is left names `until`, the moment it began: what fails again meanwhile is open again, and gave up later.',
  body: changeBody,
  answers: changeAnswers,
  problems: [404, 415, 503],
}

export const skipDoc: RouteDoc = {
  id: 'skipDeadLetters',
  tag: 'failures',
  summary: 'Let dead letters go',
  description:
    'Open ones that fit the filter, the oldest first, at most 1,000 a call: they are never sent, and what was parked behind them goes on. ' +
    'A filter that says nothing is refused unless `all` is true.',
  body: changeBody,
  answers: changeAnswers,
  problems: [404, 415, 503],
}
