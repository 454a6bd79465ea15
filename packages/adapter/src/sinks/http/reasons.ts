import { STATUS_CODES } from 'node:http'
import { printable } from '../printable.js'
import type { Secrets } from '../secret.js'
import type { SinkOutcome } from '../sink.js'

/** What reasons say about a target. */
export interface HttpTarget {
  /** Method and origin: what may be shown. */
  readonly name: string
  readonly origin: string
  readonly timeoutMs: number
  readonly secrets: Secrets
}

/** Characters of an answer's body that go into a reason: enough for any error document's first sentence. */
const maxBodyCharacters = 1_000

/** Why an answer that was not 2xx did not do, for the operator. */
export function describeAnswer(target: HttpTarget, status: number, location: string | undefined, body: string): string {
  const answer = `${target.name} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
  if (status >= 300 && status < 400)
    return `${answer}, a redirect to ${originOf(location, target.origin)}; redirects are not followed: write the new address as url`
  if (status === 401 || status === 407)
    return `${answer}: it does not accept the adapter’s credentials; check the headers${excerpt(target, body)}`
  return `${answer}${excerpt(target, body)}`
}

/** The outcome of a request that got no answer. */
export function describeFailure(target: HttpTarget, error: Error, sent: boolean): SinkOutcome {
  const reason = target.secrets.redact(`${target.name}: ${explain(error)}`)
  if (sent) return { outcome: 'unknown', reason: `${reason}; it may have been applied` }
  return { outcome: 'retry', scope: 'target', reason }
}

function explain(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const known = explanations[code]
  if (known !== undefined) return known
  if (error.name === 'AddressRefused') return error.message
  if (/CERT|SIGNATURE|ERR_TLS|SSL/.test(code))
    return `its certificate is not accepted (${code}); for an authority of your own set NODE_EXTRA_CA_CERTS`
  return `the connection failed (${code === '' ? printable(error.message, 200) : code})`
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_DESTROYED: 'the adapter was stopped meanwhile',
  UND_ERR_CLOSED: 'the adapter was stopped meanwhile',
}

function excerpt(target: HttpTarget, body: string): string {
  // Redacted before it is cut: half a secret at the cut would pass unseen.
  const text = printable(target.secrets.redact(body), maxBodyCharacters).trim()
  return text === '' ? '' : `: ${text}`
}

function originOf(location: string | undefined, base: string): string {
  return location !== undefined && URL.canParse(location, base) ? new URL(location, base).origin : 'nowhere'
}
