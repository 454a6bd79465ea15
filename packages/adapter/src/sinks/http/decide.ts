import type { FailureRule, StatusRule } from './answer-rule.js'
import { failureRules } from './failure-rules.js'
import { statusRules } from './status-rules.js'

/** What an answer came to. */
export interface Asked {
  /** 1 at the first. */
  readonly attempt: number
  readonly isDelete: boolean
  readonly hasRetryAfter: boolean
}

/** The row of the table for a status. */
export function ruleForStatus(status: number, asked: Asked): StatusRule {
  const rows = byStatus.get(status) ?? [beyondHttp]
  return rows.length === 1 ? rows[0]! : rows.find((rule) => isFor(rule, asked))!
}

function isFor({ toRepeat, toDelete, withRetryAfter }: StatusRule, { attempt, isDelete, hasRetryAfter }: Asked): boolean {
  if (toRepeat !== undefined && (attempt === 1 || (toRepeat !== true && attempt >= toRepeat))) return false
  return (toDelete !== true || isDelete) && (withRetryAfter !== true || hasRetryAfter)
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
