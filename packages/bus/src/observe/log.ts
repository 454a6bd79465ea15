import { type DestinationStream, pino } from 'pino'

/** What the rooms of the bus may say to the operator. One line each, fields beside the text; never a payload, never a secret. */
export interface Log {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Fields that hold secrets by their name; blotted out in case a room passes one on by mistake. */
const secretNames = [
  'authorization',
  'cookie',
  'password',
  'passwd',
  'secret',
  'token',
  'apiKey',
  'api_key',
  'key_secret',
  'HMS_SYNC_KEY',
  'x-api-key',
]

/**
 * A log of JSON lines, `{"level","time","text",…fields}`, on stderr unless another destination is given. Whatever stands
 * in fields is written as JSON, so that no user text can begin a line of its own. Lines are written before the call
 * returns: the last words of a dying process are not lost.
 */
export function openLog(level: LogLevel, destination: DestinationStream = pino.destination({ fd: 2, sync: true })): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'text',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [quoted(name), `*${quoted(name)}`]), censor: '[redacted]' },
      serializers: { err: errorFields, error: errorFields },
    },
    destination,
  )
  return {
    debug: (fields, text) => logger.debug(fields, text),
    info: (fields, text) => logger.info(fields, text),
    warn: (fields, text) => logger.warn(fields, text),
    error: (fields, text) => logger.error(fields, text),
  }
}

/** Errors carry whole requests and configurations in odd fields; only what they say and where is kept. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error).slice(0, 1_000) }
  const { name, message, stack, cause } = error
  const code = (error as { readonly code?: unknown }).code
  return {
    name,
    message: withoutUrlSecrets(message).slice(0, 2_000),
    ...(typeof code === 'string' ? { code } : {}),
    ...(stack === undefined ? {} : { stack: withoutUrlSecrets(stack).slice(0, 4_000) }),
    ...(cause instanceof Error ? { cause: withoutUrlSecrets(cause.message).slice(0, 1_000) } : {}),
  }
}

/** `postgres://user:secret@host` in a driver's message. */
function withoutUrlSecrets(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,100}:)[^\s@/]{1,200}@/gi, '$1[redacted]@')
}

function quoted(name: string): string {
  return `["${name}"]`
}
