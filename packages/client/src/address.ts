import { SyncError } from './errors.js'

export const defaultUrl = 'http://127.0.0.1:4280'
const brokerSchemes = new Set(['amqp', 'amqps', 'kafka', 'nats', 'redis', 'rediss', 'tls', 'mqtt', 'mqtts', 'pulsar'])

export interface Address {
  /** Without name, key, query and trailing slash. */
  readonly url: string
  readonly name: string | null
  readonly key: string | null
}

export interface AddressOptions {
  readonly url?: string | undefined
  readonly name?: string | null | undefined
  readonly key?: string | undefined
}

/**
 * Where the bus is and who calls: option, else what the URL carries, else environment (`EVENT_BUS_URL`, `HMS_SYNC_NAME`,
 * `HMS_SYNC_KEY`), else `http://127.0.0.1:4280` without a name.
 * @throws SyncError `wrong_url` for a broker's address and for what is no URL. Never names what stands before an `@`.
 */
export function readAddress(options: AddressOptions, environment: Readonly<Record<string, string | undefined>>): Address {
  const fromEnvironment = options.url === undefined
  const text = options.url ?? (environment.EVENT_BUS_URL || defaultUrl)
  const url = parseUrl(text, fromEnvironment ? 'EVENT_BUS_URL' : 'The option `url`')
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    name: options.name === undefined ? decoded(url.username) || environment.HMS_SYNC_NAME || null : options.name || null,
    key: options.key ?? (decoded(url.password) || environment.HMS_SYNC_KEY || null),
  }
}

/** The environment, where there is one. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {}
}

function parseUrl(text: string, where: string): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && brokerSchemes.has(scheme)) {
    throw new SyncError(
      'wrong_url',
      `${where} is the address of a broker (${scheme}://…). EVENT_BUS_URL is the bus's address, not the broker's: write ${defaultUrl}, or where \`hms-sync serve\` listens, and give the broker to the bus as HMS_SYNC_ENGINE.`,
    )
  }
  const url = scheme === 'http' || scheme === 'https' ? (URL.parse?.(text) ?? tryUrl(text)) : null
  if (url !== null && url.hostname !== '') return url
  throw new SyncError(
    'wrong_url',
    `${where} is not the address of a bus. Write a URL such as ${defaultUrl} or https://name:key@bus.example.gov.`,
  )
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
