import { isSecretReference, Secrets } from '../../secret.js'
import type { AddFault } from './read-headers.js'
import { UrlTemplate } from './url-template.js'

/** Names of query parameters whose values are keys. */
const secretNames = /^(?:code|sig|key)$|api[-_]?key|token|secret|password|signature/i
/** Shorter literals of a secret address are words like `/hooks/`. */
const leastSecretPart = 12

/**
 * Reads `url` or `probe`: an address, `env:NAME` or `file:PATH` that holds one, or `env:NAME/and/what/stands/behind`. What came from
 * a reference may be a key by itself, so `secrets` learns of everything in it but the host.
 */
export function readUrl(key: 'url' | 'probe', value: unknown, secrets: Secrets, fault: AddFault): UrlTemplate | undefined {
  if (typeof value !== 'string' || value === '') {
    const what = key === 'url' ? 'where events are sent' : 'where to ask whether an event has been applied'
    fault(key, `write ${what}, such as ${key}: 'https://city-schedule.gov/api/slots', or 'env:NAME'`)
    return undefined
  }
  try {
    if (isSecretReference(value)) return readReference(value, secrets)
    const url = new UrlTemplate(value)
    for (const secret of secretParameters(url)) secrets.remember(secret)
    return url
  } catch (error) {
    const shown = isSecretReference(value) ? `what ${value.slice(0, 100)} makes` : `"${value.slice(0, 100)}"`
    fault(key, error instanceof SyntaxError ? `${shown} ${error.message}` : (error as Error).message)
    return undefined
  }
}

function readReference(value: string, secrets: Secrets): UrlTemplate {
  const [, reference = value, behind = ''] = /^(env:[A-Za-z_][A-Za-z0-9_]*)(\/.*)$/s.exec(value) ?? []
  // Not by the sink's own secrets: as a whole it would take the host out of every message.
  const base = new Secrets().resolve(reference)
  if (behind === '') return remembered(new UrlTemplate(base, hiddenOf(base)), secrets)
  if (/[?#]/.test(base)) throw new SyntaxError(`has "${behind.slice(0, 100)}" behind a "?" or "#"`)
  const start = base.replace(/\/+$/, '')
  remembered(new UrlTemplate(start), secrets)
  return new UrlTemplate(`${start}${behind}`, hiddenOf(start))
}

/** How much of a path must not be shown: all that came from the reference. */
function hiddenOf(base: string): number | 'all' {
  const { constant } = new UrlTemplate(base)
  if (constant === null) return 'all'
  return constant === '/' ? 0 : constant.length
}

function remembered(url: UrlTemplate, secrets: Secrets): UrlTemplate {
  for (const literal of url.literals) if (literal.length >= leastSecretPart) secrets.remember(literal)
  return url
}

/** Values of query parameters that are keys by their names, as some systems want them. */
function secretParameters(url: UrlTemplate): readonly string[] {
  const query = url.literals.join('').split('?')[1] ?? ''
  return [...new URLSearchParams(query)].flatMap(([name, value]) => (secretNames.test(name) ? [value, encodeURIComponent(value)] : []))
}
