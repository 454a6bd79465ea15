import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isIP } from 'node:net'
import { type Collected, unknownKey } from '../faults.js'
import { allowFault, OutboundGuard } from '../outbound-guard.js'
import { isSecretReference, Secrets } from '../secret.js'

export const httpKeys = ['url', 'method', 'headers', 'timeoutMs', 'concurrency', 'allow'] as const

/** An HTTP sink's options with secrets resolved and every default in place. Never to be logged as a whole. */
export interface HttpSettings {
  readonly url: URL
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly timeoutMs: number
  readonly concurrency: number
  readonly guard: OutboundGuard
  readonly secrets: Secrets
}

/** undici's connections per pool; more gain nothing against one target (measured). */
const maxConcurrency = 64
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const ours = [
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'host',
  'idempotency-key',
  'webhook-id',
]

/** Checks and resolves the options of an HTTP sink. Faults go to `collected`; undefined when there is one. */
export function readHttpOptions(
  options: Readonly<Record<string, unknown>>,
  pointer: string,
  collected: Collected,
): HttpSettings | undefined {
  const before = collected.faults.length
  const secrets = new Secrets()
  const at = (key: string) => `${pointer}/${key}`
  const fault = (key: string, message: string) => collected.add(at(key), message)

  const allow = readAllow(options.allow, fault)
  const url = readUrl(options.url, secrets, fault)
  const guard = new OutboundGuard(url === undefined ? '' : hostOf(url), allow)
  const dialled = url !== undefined && isIP(hostOf(url)) !== 0 ? guard.fault(hostOf(url)) : null
  if (dialled !== null) fault('url', dialled)
  const method = options.method === undefined ? 'POST' : methods.find((known) => known === String(options.method).toUpperCase())
  if (method === undefined) fault('method', `write one of ${methods.join(', ')}`)
  const headers = readHeaders(options.headers, secrets, fault)
  const timeoutMs = readWhole(options.timeoutMs, 'timeoutMs', [100, 120_000, 10_000], fault)
  const concurrency = readWhole(options.concurrency, 'concurrency', [1, maxConcurrency, maxConcurrency], fault)
  if (collected.faults.length > before || url === undefined || method === undefined) return undefined
  return { url, method, headers, timeoutMs, concurrency, guard, secrets }
}

/** Faults for every key that `http()` does not know. */
export function checkHttpKeys(options: Readonly<Record<string, unknown>>, pointer: string, collected: Collected): void {
  for (const key of Object.keys(options)) {
    if (!(httpKeys as readonly string[]).includes(key)) collected.add(`${pointer}/${key}`, unknownKey(key, httpKeys))
  }
}

type AddFault = (key: string, message: string) => void

function readUrl(value: unknown, secrets: Secrets, fault: AddFault): URL | undefined {
  if (typeof value !== 'string' || value === '') {
    fault('url', "write where events are sent, such as url: 'https://city-schedule.gov/api/slots', or 'env:NAME'")
    return undefined
  }
  const fromSecret = isSecretReference(value)
  const resolved = resolveSecret(value, secrets, (message) => fault('url', message))
  if (resolved === undefined) return undefined
  const shown = fromSecret ? `what ${value} holds` : `"${value.slice(0, 100)}"`
  if (!URL.canParse(resolved)) {
    fault('url', `${shown} is not a URL; write one such as https://city-schedule.gov/api/slots`)
    return undefined
  }
  const url = new URL(resolved)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    fault('url', `${fromSecret ? shown : `"${url.protocol}"`} is no address of this sink; it speaks http: and https:`)
  else if (url.username !== '' || url.password !== '')
    fault('url', "a URL must hold no name or password; write headers: { authorization: 'Bearer env:NAME' }")
  if (fromSecret) secrets.remember(`${url.pathname}${url.search}`)
  return url
}

function readHeaders(value: unknown, secrets: Secrets, fault: AddFault): string[] {
  const headers: string[] = []
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    fault('headers', "write names and values, such as headers: { 'x-api-key': 'env:SCHEDULING_KEY' }")
    return headers
  }
  for (const [name, text] of Object.entries(value ?? {})) {
    const key = `headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (ours.includes(name.toLowerCase())) {
      fault(key, 'the bus sets this header by itself; leave it out')
      continue
    }
    const resolved = typeof text === 'string' ? resolveSecret(text, secrets, (message) => fault(key, message)) : undefined
    if (typeof text !== 'string') fault(key, "a header's value is text, in quotes")
    if (resolved === undefined) continue
    // Both throw with the value in the message, which may be a secret: only the kind of the fault is told.
    if (throws(() => validateHeaderName(name))) fault(key, 'the name holds characters that no header name has')
    else if (throws(() => validateHeaderValue(name, resolved)))
      fault(key, 'the value holds characters that no header has, such as a line break')
    else headers.push(name.toLowerCase(), resolved)
  }
  return headers
}

function readAllow(value: unknown, fault: AddFault): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    fault('allow', "write a list, such as allow: ['10.1.2.0/24']")
    return []
  }
  const entries: string[] = []
  for (const [i, entry] of value.entries()) {
    const message = allowFault(entry)
    if (message === null) entries.push(entry as string)
    else fault(`allow/${i}`, message)
  }
  return entries
}

function readWhole(value: unknown, key: string, [least, most, byDefault]: readonly [number, number, number], fault: AddFault): number {
  if (value === undefined) return byDefault
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  fault(key, `write a whole number from ${least} to ${most}`)
  return byDefault
}

function resolveSecret(text: string, secrets: Secrets, fault: (message: string) => void): string | undefined {
  try {
    return secrets.resolve(text)
  } catch (error) {
    fault((error as Error).message)
    return undefined
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

function throws(fn: () => void): boolean {
  try {
    fn()
    return false
  } catch {
    return true
  }
}
