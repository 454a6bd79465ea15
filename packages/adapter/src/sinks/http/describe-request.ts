import { printable } from '../../printable.js'
import type { Outgoing } from './outgoing.js'
import type { HttpSettings } from './read-options.js'

const maxBodyCharacters = 20_000
const maxLineCharacters = 8_000

/** A request as lines to read: what is secret shows as `***`. */
export function describeRequest(
  { url, method, secrets, hiddenHeaders }: HttpSettings,
  { path, body }: Outgoing,
  headers: readonly string[],
): string {
  const lines = [`${method} ${url.origin}${url.shown(path)}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${hiddenHeaders.has(headers[i]!) ? '***' : headers[i + 1]}`)
  const shown = lines.map((line) => printable(secrets.redact(line), maxLineCharacters))
  if (body !== undefined) shown.push('', ...bodyLines(secrets.redact(body)))
  return shown.join('\n')
}

function bodyLines(body: string): readonly string[] {
  const cut = body.length > maxBodyCharacters ? `${body.slice(0, maxBodyCharacters)}…` : body
  return cut
    .trimEnd()
    .split('\n')
    .map((line) => printable(line, maxBodyCharacters))
}
