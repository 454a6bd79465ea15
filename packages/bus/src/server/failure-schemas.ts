import { type AttemptOutcome, errorClasses, type GroupOutcome, type ReplayInfo, type TargetHealth } from '@hms-sync/client'
import { deadLetterStates } from './dead-letter-filter.js'
import type { ParameterDoc, SchemaDoc } from './route.js'
import { count, list, object, or, text, time } from './schema-pieces.js'

const position: SchemaDoc = { type: 'string', description: 'Opaque; compare positions only within one key.' }
const schemaRef = (name: string): SchemaDoc => ({ $ref: `#/components/schemas/${name}` })
const orNull = (schema: SchemaDoc): SchemaDoc => or(schema, 'null')

export const attemptOutcomes = ['done', 'filtered', 'retry', 'refused', 'unknown'] as const satisfies readonly AttemptOutcome[]
const groupOutcomes = ['delivered', 'dead_letter', 'parked', 'pending', 'passed'] as const satisfies readonly GroupOutcome['outcome'][]
const replayStates = ['running', 'done', 'cancelled', 'failed'] as const satisfies readonly ReplayInfo['state'][]
const healthStates = ['healthy', 'failing', 'recovering', 'paused'] as const satisfies readonly TargetHealth['state'][]

/** What went wrong in a try, coarsely. */
export const errorClass: SchemaDoc = { enum: [...errorClasses], description: 'What went wrong, coarsely.' }
export const groupParameter: ParameterDoc = { description: 'Of this group.', schema: text }
export const adapterParameter: ParameterDoc = { description: 'Of this adapter: another word for `group`.', schema: text }

const attempt = {
  group: text,
  topic: text,
  event: { type: 'string', description: 'The event’s id.' },
  position,
  key: orNull(text),
  attempt: { type: 'integer', minimum: 1, description: '1 at the first try.' },
  at: { ...time, description: 'When it ended.' },
  durationMs: { type: 'number', minimum: 0 },
  outcome: { enum: [...attemptOutcomes], description: '`filtered`: the adapter’s own filter left the event out.' },
  reason: orNull(text),
  request: { ...orNull(text), description: 'What was asked, in a line, without secrets.' },
  status: { ...orNull({ type: 'integer' }), description: 'The status of the answer: an HTTP status, an SMTP code.' },
  answer: { ...orNull(text), description: 'The beginning of the answer.' },
  errorClass: orNull(errorClass),
  captured: {
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    description: 'What the adapter took out of the answer, by the names that it gave; absent where it takes nothing.',
  },
  again: { const: 'replay', description: 'The event was sent again on purpose, by a replay; absent otherwise.' },
}
const deadLetter = {
  id: text,
  state: {
    enum: [...deadLetterStates],
    description:
      '`open`: waits for somebody. `redriving`: on its way again. `done`: a redrive delivered it. `superseded`: a newer event of its key was applied. `skipped`: somebody let it go.',
  },
  group: text,
  topic: text,
  event: { type: 'string', description: 'The event’s id.' },
  position,
  key: orNull(text),
  reason: text,
  errorClass: orNull(errorClass),
  attempts: { ...count, description: 'Tries that counted.' },
  at: { ...time, description: 'When it gave up.' },
  edited: { type: 'boolean', description: 'Its payload was mended here.' },
  parked: { ...count, description: 'Later events of its key that wait behind it.' },
}
const deadLetterExample = {
  id: '12',
  state: 'open',
  group: 'scheduling',
  topic: 'permitApproved',
  event: 'permit-7-approved',
  position: 'x1.12',
  key: '7',
  reason: 'HTTP 422: the address has no street',
  errorClass: 'refused',
  attempts: 1,
  at: '2026-11-21T15:02:11.120Z',
  edited: false,
  parked: 0,
}
const groupOutcome = {
  group: text,
  outcome: { enum: [...groupOutcomes] },
  attempts: count,
  reason: { type: 'string', description: 'Why it is not delivered, where that is known.' },
}

/** The components that speak of failures and of those who look after them. */
export const failureSchemas = {
  TargetHealth: object(
    {
      state: { enum: [...healthStates], description: '`recovering`: it answers again, and what waited goes out at a limited rate.' },
      since: time,
      reason: orNull(text),
      nextProbe: { ...orNull(time), description: 'When it is tried next; null when nothing is planned.' },
    },
    [],
    { description: 'How well the system behind a group answers.' },
  ),
  GroupOutcome: object(groupOutcome, ['reason'], { description: 'What the system behind one group made of an event.' }),
  Attempt: object(attempt, ['captured', 'again'], { description: 'One try of one event for one group.' }),
  AttemptPage: object({ items: list(schemaRef('Attempt')), next: text }, ['next']),
  DeadLetter: object(deadLetter, [], { description: 'A delivery that gave up.', examples: [deadLetterExample] }),
  DeadLetterPage: object({ items: list(schemaRef('DeadLetter')), next: text }, ['next'], {
    examples: [{ items: [deadLetterExample], next: '12' }],
  }),
  DeadLetterDetail: object({ ...deadLetter, content: schemaRef('Event'), tries: list(schemaRef('Attempt')) }),
  DeadLetterChange: {
    anyOf: [
      object({ id: text, ok: { const: true }, state: { enum: [...deadLetterStates] } }),
      object(
        {
          id: text,
          ok: { const: false },
          reason: text,
          later: { const: true, description: 'Left open only because as many as may be are on their way already: ask again.' },
        },
        ['later'],
      ),
    ],
    examples: [
      { id: '12', ok: true, state: 'redriving' },
      { id: '13', ok: false, reason: 'A newer event of key 8 was applied.' },
    ],
  },
  DeadLetterChanges: object(
    {
      items: list(schemaRef('DeadLetterChange')),
      taken: { ...count, description: 'How many were changed; in a dry run, would be.' },
      remaining: {
        ...count,
        description:
          'Open ones that were asked for and left for another call: there were more than a call takes, or than may be on their way at once.',
      },
      room: { ...count, description: 'How many more may be sent again now; absent where nothing is sent.' },
    },
    ['room'],
  ),
  Trace: object(
    {
      topic: text,
      event: schemaRef('Event'),
      groups: list(
        object({ ...groupOutcome, tries: list(schemaRef('Attempt')), deadLetter: { ...orNull(text), description: 'Its id.' } }, ['reason']),
      ),
    },
    [],
    { description: 'What every group has made of one event.' },
  ),
  AdapterTest: object(
    {
      event: schemaRef('Event'),
      sinks: list(
        object(
          {
            kind: text,
            target: text,
            verdict: { enum: ['sends', 'skips', 'refuses'], description: '`refuses`: the event would be a dead letter.' },
            value: { description: 'What the mapping made.' },
            request: { ...orNull(text), description: 'What would be sent, to read, secrets taken out.' },
            reason: { type: 'string', description: 'Why it skips or refuses.' },
          },
          ['value', 'request', 'reason'],
        ),
      ),
    },
    [],
    { description: 'What an adapter would make of one event.' },
  ),
  Replay: object(
    {
      id: text,
      group: text,
      topics: list(text),
      since: text,
      state: { enum: [...replayStates] },
      sent: count,
      failed: count,
      startedAt: time,
      endedAt: orNull(time),
      reason: orNull(text),
    },
    [],
    { description: 'Events sent to one group again, on purpose.' },
  ),
} as const satisfies Record<string, SchemaDoc>
