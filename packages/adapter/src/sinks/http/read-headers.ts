import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isSecretReference, type Secrets } from '../../secret.js'

export type AddFault = (key: string, message: string) => void

const ours = [
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'traceparent',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]
/** Names of headers whose values are secret, wherever they were written. */
const secretNames =
  /^(?:proxy-)?authorization$|^(?:x-)?key$|(?:api|auth|access|subscription|function)s?[-_]?key|cookie|token|secret|password|signature/i
const authHelp =
  "write one of auth: { bearer: 'env:NAME' }, { basic: { user: 'env:NAME', password: 'env:NAME' } } or { apiKey: { header: 'x-api-key', value: 'env:NAME' } }"

/** Reads `headers` and `auth` into what every request of a sink carries. Faults go to `fault`. */
export class HeaderReader {
  /** Names, in lower case, and values in turn. */
  readonly list: string[] = []
  /** Names whose values are never shown. */
  readonly hidden = new Set<string>()
  readonly #secrets: Secrets
  readonly #fault: AddFault

  constructor(secrets: Secrets, fault: AddFault) {
    this.#secrets = secrets
    this.#fault = fault
  }

  readHeaders(value: unknown): void {
    if (value === undefined) return
    if (!isRecord(value)) return this.#fault('headers', "write names and values, such as headers: { 'x-office': 'north' }")
    for (const [name, text] of Object.entries(value)) {
      const key = `headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (ours.includes(name.toLowerCase())) this.#fault(key, 'the bus sets this header by itself; leave it out')
      else this.#add(name, text, key, secretNames.test(name) || (typeof text === 'string' && isSecretReference(text)))
    }
  }

  readAuth(auth: unknown): void {
    if (auth === undefined) return
    if (!isRecord(auth) || Object.keys(auth).length !== 1) return this.#fault('auth', authHelp)
    if (auth.bearer !== undefined) return this.#bearer(auth.bearer)
    if (isRecord(auth.basic)) return this.#basic(auth.basic)
    if (isRecord(auth.apiKey)) return this.#apiKey(auth.apiKey)
    this.#fault('auth', authHelp)
  }

  #bearer(value: unknown): void {
    const token = this.#resolve(value, 'auth/bearer')
    if (token === undefined) return
    this.#secrets.remember(token)
    this.#addOnce('authorization', `Bearer ${token}`, 'auth/bearer')
  }

  #basic(basic: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(basic))
      if (key !== 'user' && key !== 'password') this.#fault(`auth/basic/${key}`, 'known are user, password')
    const user = this.#resolve(basic.user, 'auth/basic/user')
    const password = this.#resolve(basic.password, 'auth/basic/password')
    if (user === undefined || password === undefined) return
    if (user.includes(':')) return this.#fault('auth/basic/user', 'a name holds no ":" (RFC 7617)')
    const encoded = Buffer.from(`${user}:${password}`).toString('base64')
    this.#secrets.remember(password)
    this.#secrets.remember(encoded)
    this.#addOnce('authorization', `Basic ${encoded}`, 'auth/basic')
  }

  #apiKey(apiKey: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(apiKey))
      if (key !== 'header' && key !== 'value') this.#fault(`auth/apiKey/${key}`, 'known are header, value')
    if (typeof apiKey.header !== 'string' || ours.includes(apiKey.header.toLowerCase()))
      return this.#fault('auth/apiKey/header', "write the header's name, such as x-api-key")
    const value = this.#resolve(apiKey.value, 'auth/apiKey/value')
    if (value === undefined) return
    this.#secrets.remember(value)
    this.#addOnce(apiKey.header, value, 'auth/apiKey')
  }

  #addOnce(name: string, value: string, key: string): void {
    if (this.list.some((known, i) => i % 2 === 0 && known === name.toLowerCase()))
      return this.#fault(key, `headers sets ${name.toLowerCase()}, too; leave one out`)
    this.#addResolved(name, value, key, true)
  }

  #add(name: string, text: unknown, key: string, isSecret: boolean): void {
    const value = this.#resolve(text, key)
    if (value === undefined) return
    if (isSecret) {
      this.#secrets.remember(value)
      this.#secrets.remember(value.slice(value.indexOf(' ') + 1))
    }
    this.#addResolved(name, value, key, isSecret)
  }

  #addResolved(name: string, value: string, key: string, isSecret: boolean): void {
    // Both throw with the value in the message, which may be a secret: only the kind of the fault is told.
    if (throws(() => validateHeaderName(name))) this.#fault(key, 'the name holds characters that no header name has')
    else if (throws(() => validateHeaderValue(name, value)))
      this.#fault(key, 'the value holds characters that no header has, such as a line break')
    else {
      this.list.push(name.toLowerCase(), value)
      if (isSecret) this.hidden.add(name.toLowerCase())
    }
  }

  #resolve(text: unknown, key: string): string | undefined {
    if (text === undefined) {
      this.#fault(key, "there is no value; if it comes from process.env, set that variable, or put a line NAME=… into the project's .env")
      return undefined
    }
    if (typeof text !== 'string' || text === '') {
      this.#fault(key, "write a text in quotes, such as 'env:NAME'")
      return undefined
    }
    try {
      return this.#secrets.resolve(text)
    } catch (error) {
      this.#fault(key, (error as Error).message)
      return undefined
    }
  }
}

function throws(fn: () => void): boolean {
  try {
    fn()
    return false
  } catch {
    return true
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
