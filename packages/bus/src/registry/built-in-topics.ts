import { parseDuration } from '@hms-sync/client'
import { noticeCauses } from '../observe/notices.js'
import type { TopicConfig } from './config.js'
import { defaultTopic } from './default-topic.js'

/** What the bus itself has to say: failing targets, dead letters, gaps. Any adapter or subscriber that names it receives it. */
export const noticesTopic = 'hms.sync.notices'

/** Who publishes on topics of the bus. */
export const busPrincipal = { name: 'hms-sync' } as const

/** Topics of the bus: there without being declared, published by the bus alone, and received by whoever names them and nobody else. */
export function isBuiltIn(topic: string): boolean {
  return topic.startsWith('hms.sync.')
}

export function builtInTopics(): readonly TopicConfig[] {
  return [
    {
      ...defaultTopic(noticesTopic),
      description: 'Notices of the bus: failing systems, dead letters, gaps. The type of each event is its cause, the key its subject.',
      version: 1,
      schemas: [{ version: 1, path: 'the schema of hms.sync.notices', text: JSON.stringify(noticeSchema) }],
      producers: [busPrincipal.name],
      dedupeWindowMs: parseDuration('1h'),
      maxBytes: 64 * 1_048_576,
    },
  ]
}

const text = (description: string) => ({ type: 'string', description })

/** The payload of a notice. */
const noticeSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A notice of the bus',
  type: 'object',
  required: ['cause', 'subject', 'text', 'details', 'unsaid'],
  additionalProperties: false,
  properties: {
    cause: { enum: noticeCauses, description: 'What happened; the event’s type as well.' },
    subject: text('Whom it is about: the name of a group (an adapter’s group has its name), or of a topic where no group is concerned.'),
    topic: text('The topic it is about, where it is one alone.'),
    text: text('What happened and what to do, in whole sentences. Without payloads and secrets.'),
    details: { type: 'object', description: 'Facts to work with, by cause: offsets, ids, reasons, numbers.' },
    unsaid: {
      type: 'integer',
      minimum: 0,
      description: 'How many notices of this cause, subject and topic were left out since the last one.',
    },
  },
} as const
