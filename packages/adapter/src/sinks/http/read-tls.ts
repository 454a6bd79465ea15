import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { unknownKey } from '../../faults.js'
import type { TlsFiles } from '../../outbound-guard.js'
import type { Secrets } from '../../secret.js'
import type { AddFault } from './read-headers.js'

const known = ['ca', 'cert', 'key']

/** Reads `tls`. Faults go to `fault`, without what the files hold. */
export function readTls(value: unknown, secrets: Secrets, fault: AddFault): TlsFiles {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fault('tls', "write where the files are, such as tls: { ca: 'file:city-ca.pem' }")
    return {}
  }
  const files = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(files)) if (!known.includes(key)) fault(`tls/${key}`, unknownKey(key, known))
  const read = (key: string, check: (pem: string) => unknown) =>
    readPem(files[key], secrets, check, (message) => fault(`tls/${key}`, message))
  const ca = read('ca', (pem) => new X509Certificate(pem))
  const cert = read('cert', (pem) => new X509Certificate(pem))
  const key = read('key', (pem) => createPrivateKey(pem))
  if ((files.cert === undefined) !== (files.key === undefined))
    fault('tls', 'a certificate of ours needs its key, and the key its certificate')
  return {
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}

function readPem(value: unknown, secrets: Secrets, check: (pem: string) => unknown, fault: (message: string) => void): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') {
    fault("write where the PEM file is, such as 'file:city-ca.pem'")
    return undefined
  }
  let pem: string
  try {
    pem = secrets.resolve(value)
  } catch (error) {
    fault((error as Error).message)
    return undefined
  }
  try {
    check(pem)
    return pem
  } catch {
    fault('what stands there is not a PEM text of this kind')
    return undefined
  }
}
