import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Secrets } from '../../secret.js'

/** The specification's bounds for a key, in bytes (Standard Webhooks, "Signature scheme"). */
const leastKeyBytes = 24
const mostKeyBytes = 64
const maxSecrets = 2
const help = 'write a secret of the form whsec_ and 24 to 64 bytes in base64; openssl rand -base64 32 makes one'

/** Signs requests as Standard Webhooks says, with one secret, or with two while receivers go over to a new one. */
export class Signer {
  readonly #keys: readonly KeyObject[]

  constructor(keys: readonly KeyObject[]) {
    this.#keys = keys
  }

  /**
   * The values of `webhook-timestamp` and `webhook-signature`.
   * @param nowMs When this try is made: a receiver refuses what is older than minutes, so a repeat is signed anew.
   */
  sign(id: string, body: string, nowMs: number): { readonly timestamp: string; readonly signature: string } {
    const timestamp = String(Math.floor(nowMs / 1_000))
    let signature = ''
    for (const key of this.#keys) {
      const one = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
      signature += signature === '' ? `v1,${one}` : ` v1,${one}`
    }
    return { timestamp, signature }
  }
}

/** Reads `sign`: a secret or two, as `env:NAME` or `file:PATH`. Faults go to `fault`; undefined when there is one, or none is asked for. */
export function readSigner(value: unknown, secrets: Secrets, fault: (key: string, message: string) => void): Signer | undefined {
  if (value === undefined) return undefined
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (texts.length === 0 || texts.length > maxSecrets) {
    fault('sign', "write one secret, sign: 'env:NAME', or two while receivers go over to the new one, sign: ['env:NEW', 'env:OLD']")
    return undefined
  }
  const keys = texts.flatMap((text, i) => {
    const key = readKey(text, secrets, (message) => fault(Array.isArray(value) ? `sign/${i}` : 'sign', message))
    return key === undefined ? [] : [key]
  })
  return keys.length === texts.length ? new Signer(keys) : undefined
}

function readKey(text: unknown, secrets: Secrets, fault: (message: string) => void): KeyObject | undefined {
  if (typeof text !== 'string') {
    fault("write where the secret is, such as 'env:SCHEDULING_SIGNING_SECRET'")
    return undefined
  }
  let secret: string
  try {
    secret = secrets.resolve(text)
  } catch (error) {
    fault((error as Error).message)
    return undefined
  }
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  if (base64 === undefined || bytes === undefined || bytes.length < leastKeyBytes || bytes.length > mostKeyBytes) {
    fault(`what stands there is no signing secret: ${help}`)
    return undefined
  }
  secrets.remember(secret)
  secrets.remember(base64)
  return createSecretKey(bytes)
}
