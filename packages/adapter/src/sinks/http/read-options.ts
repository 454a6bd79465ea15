import { isIP } from 'node:net'
import { type Collected, unknownKey } from '../../faults.js'
import { allowFault, OutboundGuard, type TlsFiles } from '../../outbound-guard.js'
import { Secrets } from '../../secret.js'
import type { BatchForm } from './batches.js'
import { type Capture, readCapture } from './capture.js'
import { type AddFault, HeaderReader } from './read-headers.js'
import { readTls } from './read-tls.js'
import { readUrl } from './read-url.js'
import { readSigner, type Signer } from './signature.js'
import type { UrlTemplate } from './url-template.js'

export const httpKeys = [
  'url',
  'method',
  'headers',
  'auth',
  'sign',
  'batch',
  'capture',
  'probe',
  'timeoutMs',
  'concurrency',
  'tls',
  'allow',
] as const

/** An HTTP sink's options with secrets resolved and every default in place. Never to be logged as a whole. */
export interface HttpSettings {
  readonly url: UrlTemplate
  readonly method: (typeof methods)[number]
  /** What every request carries: names and values in turn. */
  readonly headers: readonly string[]
  /** Names of those whose values are never shown. */
  readonly hiddenHeaders: ReadonlySet<string>
  readonly signer: Signer | undefined
  readonly batch: BatchForm | undefined
  readonly capture: Capture | undefined
  /** Where to ask whether an event has been applied. */
  readonly probe: UrlTemplate | undefined
  readonly timeoutMs: number
  readonly concurrency: number
  readonly guard: OutboundGuard
  readonly tls: TlsFiles
  readonly secrets: Secrets
}

/** undici's connections per pool; more gain nothing against one target (measured). */
const maxConcurrency = 64
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const batchKeys = ['size', 'as', 'maxBytes']
const batchBytes = { least: 1_024, most: 16 * 1_024 * 1_024, byDefault: 1_024 * 1_024 }

/** Checks and resolves the options of an HTTP sink. Faults go to `collected`; undefined when there is one. */
export function readHttpOptions(
  options: Readonly<Record<string, unknown>>,
  pointer: string,
  collected: Collected,
): HttpSettings | undefined {
  const before = collected.faults.length
  const secrets = new Secrets()
  const fault: AddFault = (key, message) => collected.add(`${pointer}/${key}`, message)

  const url = readUrl('url', options.url, secrets, fault)
  const host = url === undefined ? '' : new URL(url.origin).hostname.replace(/^\[|\]$/g, '')
  const guard = new OutboundGuard(host, readAllow(options.allow, fault))
  const dialled = isIP(host) === 0 ? null : guard.fault(host)
  if (dialled !== null) fault('url', dialled)
  const method = options.method === undefined ? 'POST' : methods.find((known) => known === String(options.method).toUpperCase())
  if (method === undefined) fault('method', `write one of ${methods.join(', ')}`)
  const headers = new HeaderReader(secrets, fault)
  headers.readHeaders(options.headers)
  headers.readAuth(options.auth)
  const signer = readSigner(options.sign, secrets, fault)
  const batch = readBatch(options.batch, fault)
  if (batch !== undefined && method === 'DELETE') fault('batch', 'DELETE sends no body; leave batch out')
  const capture = readCapture(options.capture, fault)
  if (batch !== undefined && capture !== undefined)
    fault('capture', 'an answer to a batch is about all of its events; leave one of the two out')
  const probe = options.probe === undefined ? undefined : readUrl('probe', options.probe, secrets, fault)
  if (url !== undefined && probe !== undefined && url.origin !== probe.origin)
    fault('probe', 'it leads to another host than url, which would get the credentials, too')
  const timeoutMs = readWhole(options.timeoutMs, 'timeoutMs', { least: 100, most: 120_000, byDefault: 10_000 }, fault)
  const concurrency = readWhole(options.concurrency, 'concurrency', { least: 1, most: maxConcurrency, byDefault: maxConcurrency }, fault)
  const tls = readTls(options.tls, secrets, fault)
  if (collected.faults.length > before || url === undefined || method === undefined) return undefined
  const sent = [...defaultHeaders(headers.list, method, batch), ...headers.list]
  return {
    url,
    method,
    headers: sent,
    hiddenHeaders: headers.hidden,
    signer,
    batch,
    capture,
    probe,
    timeoutMs,
    concurrency,
    guard,
    tls,
    secrets,
  }
}

/** Faults for every key that `http()` does not know. */
export function checkHttpKeys(options: Readonly<Record<string, unknown>>, pointer: string, collected: Collected): void {
  for (const key of Object.keys(options)) {
    if (!(httpKeys as readonly string[]).includes(key)) collected.add(`${pointer}/${key}`, unknownKey(key, httpKeys))
  }
}

function defaultHeaders(given: readonly string[], method: string, batch: BatchForm | undefined): readonly string[] {
  const missing = (name: string) => !given.some((text, i) => i % 2 === 0 && text === name)
  const contentType = batch?.as === 'ndjson' ? 'application/x-ndjson' : 'application/json'
  return [
    ...(method !== 'DELETE' && missing('content-type') ? ['content-type', contentType] : []),
    ...(missing('user-agent') ? ['user-agent', 'hms-sync'] : []),
    // Compressed answers would have to be unpacked, and a few bytes can become gigabytes.
    'accept-encoding',
    'identity',
  ]
}

function readBatch(value: unknown, fault: AddFault): BatchForm | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fault('batch', "write how many events go into one request, such as batch: { size: 100, as: 'array' }")
    return undefined
  }
  const batch = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(batch)) if (!batchKeys.includes(key)) fault(`batch/${key}`, unknownKey(key, batchKeys))
  const as = batch.as ?? 'array'
  if (as !== 'array' && as !== 'ndjson') fault('batch/as', 'write array or ndjson')
  if (batch.size === undefined) fault('batch/size', 'write how many events go into one request: 1 to 1000')
  const size = readWhole(batch.size, 'batch/size', { least: 1, most: 1_000, byDefault: 1 }, fault)
  const maxBytes = readWhole(batch.maxBytes, 'batch/maxBytes', batchBytes, fault)
  return { size, as: as === 'ndjson' ? 'ndjson' : 'array', maxBytes }
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

interface Span {
  readonly least: number
  readonly most: number
  readonly byDefault: number
}

function readWhole(value: unknown, key: string, { least, most, byDefault }: Span, fault: AddFault): number {
  if (value === undefined) return byDefault
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  fault(key, `write a whole number from ${least} to ${most}`)
  return byDefault
}
