import type { FailureRule, StatusRule } from './answer-rule.js'
import { failureRules } from './failure-rules.js'
import { statusRules } from './status-rules.js'

/** Tries of one event after which a 409 is believed: only a repeat can meet a first try at work, and not for ever. */
export const maxConflictTries = 4

/** The row of the table for a status. `attempt` is 1 at the first try. */
export function ruleForStatus(status: number, attempt: number, hasRetryAfter: boolean): StatusRule {
  const rows = byStatus.get(status) ?? [beyondHttp]
  if (rows.length === 1) return rows[0]!
  const isRepeat = attempt > 1 && attempt < maxConflictTries
  return rows.find((rule) => (rule.toRepeat !== true || isRepeat) && (rule.withRetryAfter !== true || hasRetryAfter))!
}

/** The row for a request that ended without an answer; `sent` once it had gone onto a connection. */
export function ruleForFailure(code: string, sent: boolean): FailureRule {
  return failureRules.find((rule) => (rule.sent ?? sent) === sent && rule.codes.some((known) => covers(known, code)))!
}

function covers(known: string, code: string): boolean {
  return known.endsWith('*') ? code.startsWith(known.slice(0, -1)) : known === code
}

const beyondHttp = statusRules.at(-1)!

/** The rows that a status can mean, the more particular ones first. */
const byStatus: ReadonlyMap<number, readonly StatusRule[]> = new Map(
  Array.from({ length: 400 }, (_, i) => {
    const status = 200 + i
    const own = statusRules.filter((rule) => rule.status === status)
    const spans = statusRules.filter(({ status: span }) => typeof span !== 'number' && span[0] <= status && status <= span[1])
    return [status, own.length > 0 ? own : spans.slice(0, 1)] as const
  }),
)
