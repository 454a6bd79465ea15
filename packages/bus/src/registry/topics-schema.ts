import { type Static, Type } from 'typebox'

/** Letters, digits, dots, dashes and underscores; dots divide a name, as in `inspections.status`. */
export const topicNamePattern = '^(?!hms\\.sync\\.)[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'
/** Services, adapters and groups. */
export const principalNamePattern = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$'
const durationPattern = '^\\d{1,12}(ms|s|m|h|d)$'
const sizePattern = '^\\d{1,9}(KiB|MiB|GiB|TiB)$'

/** A duration in the form of `7d`. `title` and `write` are what a fault says: "is not a duration. Write …". */
export function duration(options: { readonly description: string; readonly default?: string }) {
  return Type.String({
    pattern: durationPattern,
    title: 'a duration',
    write: 'Write a whole number and a unit, such as 500ms, 10s, 10m, 2h or 7d.',
    ...options,
  })
}

function choice<const T extends readonly string[]>(values: T, options: { readonly description: string; readonly default?: T[number] }) {
  return Type.Unsafe<T[number]>({
    type: 'string',
    enum: values,
    title: 'a known value',
    write: `Write one of ${values.join(', ')}.`,
    ...options,
  })
}

function names(description: string) {
  return Type.Array(
    Type.String({
      pattern: principalNamePattern,
      title: 'the name of a service or an adapter',
      write: 'Write letters, digits, dots, dashes and underscores, at most 100.',
    }),
    { description, title: 'a list of names', write: 'Write a list, such as [hms-api, city-health].', uniqueItems: true, maxItems: 10_000 },
  )
}

/** One topic, as written under its name in `topics.yaml`. The one source of its validator, defaults, types, editor schema and reference page. */
export const topicSchema = Type.Object(
  {
    qos: Type.Optional(
      choice(['at_least_once', 'exactly_once'], {
        description: 'How often a consumer may meet an event. exactly_once: deduplicated on the way in and settled once on the way out.',
        default: 'at_least_once',
      }),
    ),
    retention: Type.Optional(
      duration({
        description: 'The replay window: how long an event can be read again. What a consumer has not settled is kept longer.',
        default: '7d',
      }),
    ),
    schema: Type.Optional(
      Type.String({
        pattern: '^v[1-9]\\d{0,5}$',
        title: 'a schema version',
        write: 'Write v and a number, such as v1; it reads schemas/TOPIC.v1.json.',
        description: 'The version of the payload’s contract that producers write: v1 reads schemas/TOPIC.v1.json, or schemas/TOPIC.json.',
        examples: ['v1'],
      }),
    ),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 999_999,
        title: 'a version number',
        write: 'Write a whole number from 1 on.',
        description: 'Another way to write schema: version 1 is schema v1.',
      }),
    ),
    producers: Type.Optional(names('Who may publish. Absent: everybody.')),
    consumers: Type.Optional(
      names('Who may read. Each is owed every event from the moment the topic is applied. Absent: everybody, and nobody is owed anything.'),
    ),
    key: Type.Optional(
      Type.String({
        pattern: '^[^.\\s][^.]*(\\.[^.\\s][^.]*){0,15}$',
        maxLength: 200,
        title: 'a path in the payload',
        write: 'Write the names that lead to the key with dots between them, such as inspectionId or permit.id.',
        description: 'Where in the payload the record’s key stands. Events of one key are delivered in order. Absent: no order.',
        examples: ['inspectionId', 'permit.id'],
      }),
    ),
    partitions: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1024,
        default: 1,
        title: 'a number of partitions',
        write: 'Write a whole number from 1 to 1024.',
        description: 'How many logs carry the topic side by side. Can be raised later, never lowered.',
      }),
    ),
    dedupeWindow: Type.Optional(
      duration({
        description:
          'How long an id is remembered, so that the same event published again counts once. Default: 24h, or retention where that is less.',
      }),
    ),
    maxBytes: Type.Optional(
      Type.Union([Type.Integer({ minimum: 65_536, maximum: Number.MAX_SAFE_INTEGER }), Type.String({ pattern: sizePattern })], {
        title: 'a size',
        write: 'Write a number of bytes (65536 or more), or a size such as 512MiB or 10GiB.',
        description:
          'The most the topic may hold. Reaching it trims the oldest events, even ones that are owed, after a notice. Absent: no bound.',
        examples: ['10GiB'],
      }),
    ),
    durability: Type.Optional(
      Type.String({
        pattern: '^(process|power|replicated\\([1-9]\\d?\\))$',
        title: 'a durability',
        write: 'Write process, power, or replicated(3) with the number of nodes.',
        description:
          'The least that an acknowledged event must survive. An engine that gives less is refused at boot. Absent: what the engine gives.',
        examples: ['power', 'replicated(3)'],
      }),
    ),
    onFailure: Type.Optional(
      choice(['supersede', 'park', 'skip'], {
        description:
          'What a key does after one of its events became a dead letter. `supersede`: it goes on, and a newer event that is applied makes the dead letter stale. `park`: its later events wait until the dead letter is mended, sent again or skipped. `skip`: it goes on. Default: supersede where the topic has a key, otherwise skip.',
      }),
    ),
    conflict: Type.Optional(
      choice(['last_write_wins', 'version_check', 'merge', 'source_priority', 'review'], {
        description: 'Who wins when two systems changed the same record from the same revision. Has no effect in this version yet.',
      }),
    ),
    description: Type.Optional(
      Type.String({
        maxLength: 2_000,
        default: '',
        title: 'a text',
        write: 'Write at most 2,000 characters.',
        description: 'What the topic is for, in a sentence.',
      }),
    ),
  },
  { additionalProperties: false, title: 'a topic', write: 'Write its settings below it, indented, such as retention: 7d.' },
)

export type RawTopic = Static<typeof topicSchema>

/** `topics.yaml`: the topics by name. */
export const topicsFileSchema = Type.Object(
  {},
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'topics.yaml',
    description: 'The topics of a project: each name with its settings. An empty one takes every default.',
    patternProperties: { [topicNamePattern]: { anyOf: [topicSchema, { type: 'null' }] } },
    additionalProperties: false,
  },
)
