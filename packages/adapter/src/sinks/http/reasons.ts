import { STATUS_CODES } from 'node:http'
import { printable } from '../../printable.js'
import type { Secrets } from '../../secret.js'
import type { FailureRule, StatusRule } from './answer-rule.js'
import { ownCodes } from './failure-rules.js'

/** What messages say about a target. */
export interface Named {
  /** Method and origin: what may be shown. */
  readonly name: string
  readonly origin: string
  readonly secrets: Secrets
}

/** Characters of an answer's body that are kept: enough for any error document's first sentence. */
const maxAnswerCharacters = 1_000
const maxRequestCharacters = 500

/** Why an answer that was not 2xx did not do, for the operator. */
export function describeAnswer(
  target: Named,
  status: number,
  rule: StatusRule,
  { location, answer }: { readonly location?: string; readonly answer?: string },
): string {
  const head = `${target.name} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()
  if (rule.errorClass === 'redirect')
    return `${head}, a redirect to ${originOf(location, target.origin)}; redirects are not followed: write the new address as url`
  const hint =
    rule.errorClass === 'credentials' && rule.decision === 'retry_target'
      ? ': it does not accept the adapter’s credentials; check auth and headers'
      : ''
  return `${head}${hint}${answer === undefined ? '' : `: ${answer}`}`
}

/** Why there was no answer. */
export function describeFailure(target: Named, rule: FailureRule, code: string, error: Error | null): string {
  const what =
    code === ownCodes.addressRefused && error !== null
      ? error.message
      : `${rule.when}${Object.values<string>(ownCodes).includes(code) ? '' : ` (${code})`}`
  const hint = rule.errorClass === 'tls' ? `. ${rule.why}` : rule.decision === 'unknown' ? '; it may have been applied' : ''
  return printable(target.secrets.redact(`${target.name}: ${what}${hint}`), maxAnswerCharacters)
}

/** The beginning of an answer as one line that may be shown, or undefined when there is nothing to show. */
export function excerpt(secrets: Secrets, body: string): string | undefined {
  // Redacted before it is cut: half a secret at the cut would pass unseen.
  const text = printable(secrets.redact(body), maxAnswerCharacters - 1).trim()
  return text === '' ? undefined : text
}

/** A request in a line. */
export function requestLine(target: Named, path: string): string {
  const line = target.secrets.redact(`${target.name}${path}`)
  return line.length > maxRequestCharacters ? `${line.slice(0, maxRequestCharacters - 1)}…` : line
}

function originOf(location: string | undefined, base: string): string {
  return location !== undefined && URL.canParse(location, base) ? new URL(location, base).origin : 'nowhere'
}
