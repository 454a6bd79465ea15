import { type Static, Type } from 'typebox'
import { duration } from './topics-schema.js'

const host = Type.String({
  minLength: 1,
  maxLength: 255,
  default: '127.0.0.1',
  title: 'a host',
  write: 'Write 127.0.0.1, ::1 or localhost.',
  description: 'Where the bus listens. Only loopback addresses are taken while no credentials can be configured.',
})

const port = Type.Integer({
  minimum: 0,
  maximum: 65_535,
  default: 4280,
  title: 'a port',
  write: 'Write a whole number from 0 to 65535; 0 takes any free one.',
  description: 'The port of HTTP and WebSocket. 0: any free one.',
})

const data = Type.String({
  minLength: 1,
  maxLength: 4_096,
  default: '.hms-sync',
  title: 'a folder',
  write: 'Write the path of a folder, relative to this file.',
  description: 'Where the events and the bus’s own state lie. One process owns it at a time.',
})

const engine = Type.String({
  minLength: 1,
  maxLength: 2_048,
  default: 'embedded',
  title: 'an engine',
  write: 'Write embedded.',
  description: 'The log behind the topics: embedded keeps it in the data folder. Brokers are not there in this version yet.',
})

const logLevel = Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
  type: 'string',
  default: 'info',
  title: 'a log level',
  write: 'Write one of debug, info, warn, error, silent.',
  description: 'The least that is logged.',
})

function count(options: { readonly default: number; readonly minimum: number; readonly maximum: number; readonly description: string }) {
  return Type.Integer({ title: 'a whole number', write: `Write a whole number from ${options.minimum} to ${options.maximum}.`, ...options })
}

/** `hms-sync.yaml`. Every value has a default, so the file may be absent. The one source of validator, defaults, types, editor schema and reference page. */
export const settingsSchema = Type.Object(
  {
    engine: Type.Optional(engine),
    data: Type.Optional(data),
    listen: Type.Optional(
      Type.Object(
        { host: Type.Optional(host), port: Type.Optional(port) },
        { additionalProperties: false, default: {}, title: 'the listener', write: 'Write host: and port: below it, indented.' },
      ),
    ),
    logLevel: Type.Optional(logLevel),
    history: Type.Optional(
      Type.Object(
        {
          tries: Type.Optional(duration({ default: '7d', description: 'How long every try of a delivery is remembered.' })),
          deadLetters: Type.Optional(
            duration({
              default: '90d',
              description: 'How long dead letters are kept once they are delivered, skipped or superseded. Open ones stay.',
            }),
          ),
        },
        { additionalProperties: false, default: {}, title: 'the history', write: 'Write them below it, indented, such as tries: 7d.' },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          maxBodyBytes: Type.Optional(
            count({
              default: 1_048_576,
              minimum: 1_024,
              maximum: 67_108_864,
              description: 'The largest request body, in bytes, counted while it streams in.',
            }),
          ),
          maxJsonDepth: Type.Optional(count({ default: 32, minimum: 1, maximum: 256, description: 'How deep JSON may be nested.' })),
          maxBatchEvents: Type.Optional(
            count({ default: 1_000, minimum: 1, maximum: 10_000, description: 'The most events in one request.' }),
          ),
          maxConnections: Type.Optional(
            count({ default: 2_000, minimum: 1, maximum: 100_000, description: 'The most connections at once.' }),
          ),
          stallTimeout: Type.Optional(duration({ default: '60s', description: 'A subscriber that reads nothing for so long is dropped.' })),
        },
        {
          additionalProperties: false,
          default: {},
          title: 'the limits',
          write: 'Write them below it, indented, such as maxBodyBytes: 1048576.',
        },
      ),
    ),
    notices: Type.Optional(
      Type.Object(
        {
          window: Type.Optional(
            duration({
              default: '10m',
              description:
                'Notices of one cause, about one system and topic: one within so long; the next one says how many were left out.',
            }),
          ),
          lag: Type.Optional(
            Type.Object(
              {
                events: Type.Optional(
                  count({
                    default: 100_000,
                    minimum: 1,
                    maximum: Number.MAX_SAFE_INTEGER,
                    description: 'A notice when a group has not settled so many events of a topic.',
                  }),
                ),
                age: Type.Optional(
                  duration({ default: '1h', description: 'A notice when the oldest event that a group has not settled waits so long.' }),
                ),
              },
              {
                additionalProperties: false,
                default: {},
                title: 'the limits of lag',
                write: 'Write events: 100000 or age: 1h below it, indented.',
              },
            ),
          ),
        },
        {
          additionalProperties: false,
          default: {},
          title: 'the notices',
          write: 'Write window: 10m or lag: below it, indented.',
        },
      ),
    ),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    additionalProperties: false,
    title: 'hms-sync.yaml',
    description: 'The settings of the bus itself.',
    write: 'Write settings by name, such as logLevel: info.',
  },
)

export type RawSettings = Static<typeof settingsSchema>

/** Where each setting may come from beside the file, strongest first: flag, environment, file, default. */
export const settingSources = {
  host: { flag: '--host', variable: 'HMS_SYNC_HOST', path: ['listen', 'host'], schema: host },
  port: { flag: '--port', variable: 'HMS_SYNC_PORT', path: ['listen', 'port'], schema: port },
  data: { flag: '--data', variable: 'HMS_SYNC_DATA', path: ['data'], schema: data },
  engine: { flag: '--engine', variable: 'HMS_SYNC_ENGINE', path: ['engine'], schema: engine },
  logLevel: { flag: '--log-level', variable: 'HMS_SYNC_LOG_LEVEL', path: ['logLevel'], schema: logLevel },
} as const

/** What the command line (or `openBus`) sets; each beats environment and file. */
export interface ProjectFlags {
  readonly host?: string
  readonly port?: number
  readonly data?: string
  readonly engine?: string
  readonly logLevel?: string
  /** Topics come into being at first publish; `topics.yaml` may be absent. */
  readonly dev?: boolean
}
