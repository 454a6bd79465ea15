import type { BodyRule, Decision, FailureRule, StatusRule } from '../../packages/adapter/src/sinks/http/answer-rule.js'

export interface Rules {
  readonly status: readonly StatusRule[]
  readonly failures: readonly FailureRule[]
  readonly bodies: Readonly<Record<string, BodyRule>>
  readonly maxConflictTries: number
}

/** The page of answers: what an HTTP sink makes of everything that can come back, row by row of the table it decides by. */
export function answersPage({ status, failures, bodies, maxConflictTries }: Rules): string {
  const before = failures.filter(({ sent }) => sent !== true)
  const after = failures.filter(({ sent }) => sent === true)
  return `# What an HTTP sink makes of an answer

The sink decides by the table on this page, and the tests bring every row of it about.

| decision | what becomes of the event |
|---|---|
| **done** | applied; its key goes on |
| **retry the target** | the system as a whole cannot take events now: the event waits without losing an attempt, and so does everything else for this system, until it answers again |
| **retry the event** | this event failed: it comes again at its own schedule, while other keys go on; when events of five keys fail with no success between them, the system is taken to be down, and the attempts are given back |
| **unknown** | it may have been applied: it comes again like an event that failed, with the same \`Idempotency-Key\` |
| **refused** | it will never be taken as it is: a dead letter at once, with request, answer and reason |
| **by the status** | what stands behind a status changes nothing about what the status said |

The class is what \`hms-sync dlq list\` and \`deliveries\` filter by. \`Retry-After\`, in seconds or as a date, is waited for with every
answer that is tried again, an hour at most.

## Statuses

A row of its own beats a span. A 409 to a repeat is tried again until the ${ordinal(maxConflictTries)} try.

${table(
  ['status', 'what it says', 'decision', 'class', 'why'],
  status.map((rule) => [nameOf(rule), rule.when, ...decided(rule)]),
)}

A batch that is answered ${list(status.filter(({ oneByOne }) => oneByOne === true).map(({ status: one }) => String(one)))} is sent again one by one, since the fault may be one event's.

## No answer, and nothing was sent

${table(['what happened', 'decision', 'class', 'codes', 'why'], before.map(failureRow))}

## No answer, though the request was sent

${table(['what happened', 'decision', 'class', 'codes', 'why'], after.map(failureRow))}

## What stands behind the status

64 KiB of an answer are read; the first 1,000 characters are kept in the history, secrets taken out.

${table(
  ['what came', 'decision', 'class with 2xx', 'why'],
  Object.values(bodies).map((rule) => [rule.when, ...decided(rule)]),
)}
`
}

const words: Readonly<Record<Decision, string>> = {
  done: '**done**',
  retry_target: '**retry the target**',
  retry_event: '**retry the event**',
  refused: '**refused**',
  unknown: '**unknown**',
  by_status: '**by the status**',
}

function nameOf({ status, toRepeat, toDelete, withRetryAfter }: StatusRule): string {
  const shown = typeof status === 'number' ? String(status) : `other ${status[0]}–${status[1]}`
  return `${shown}${toRepeat === undefined ? '' : ` to a repeat${toDelete === true ? ' of a DELETE' : ''}`}${withRetryAfter === true ? ' with `Retry-After`' : ''}`
}

function failureRow(rule: FailureRule): readonly string[] {
  const [decision, errorClass, why] = decided(rule)
  const known = rule.codes.filter((code) => code !== '*' && !code.startsWith('HMS_'))
  return [rule.when, decision!, errorClass!, known.length === 0 ? '' : known.map((code) => `\`${code}\``).join(' '), why!]
}

function decided({
  decision,
  errorClass,
  why,
}: Pick<StatusRule | FailureRule | BodyRule, 'decision' | 'errorClass' | 'why'>): readonly string[] {
  return [words[decision], errorClass === null ? '' : `\`${errorClass}\``, why]
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

function list(items: readonly string[]): string {
  const once = [...new Set(items)]
  return `${once.slice(0, -1).join(', ')} or ${once.at(-1)}`
}

function ordinal(n: number): string {
  return ['zeroth', 'first', 'second', 'third', 'fourth', 'fifth'][n] ?? `${n}th`
}
