import type { ErrorClass } from '@hms-sync/client'

/**
 * What an answer says about one event. `done`: applied. `retry_target`: the system as a whole cannot take events now:
 * the event is innocent. `retry_event`: this one failed and comes again. `refused`: it will never be taken as it is.
 * `unknown`: it may have been applied. `by_status`: the status in front of it has decided.
 */
export type Decision = 'done' | 'retry_target' | 'retry_event' | 'refused' | 'unknown' | 'by_status'

/** A row of the table of answers: data that the sink decides by, the documentation shows, and the tests bring about. */
interface AnswerRule {
  /** What came, as the end of a sentence that begins with the target: "it refuses connections". */
  readonly when: string
  readonly decision: Decision
  /** null: nothing went wrong. */
  readonly errorClass: ErrorClass | null
  readonly why: string
}

/** A row for a status, or for a span of them, which stands for those without a row of their own. */
export interface StatusRule extends AnswerRule {
  readonly status: number | readonly [first: number, last: number]
  readonly decision: Exclude<Decision, 'by_status'>
  /** Only as the answer to a repeat; beats the row without it. A number: to repeats before that try. */
  readonly toRepeat?: true | number
  /** Only as the answer to a DELETE; beats the row without it. */
  readonly toDelete?: true
  /** Only with a `Retry-After`; beats the row without it. */
  readonly withRetryAfter?: true
  /** A batch that is answered like this is sent again one by one: the fault may be one event's. */
  readonly oneByOne?: true
}

/** A row for a request without an answer. */
export interface FailureRule extends AnswerRule {
  /** Those of Node, OpenSSL, undici and the sink itself; `*` at the end stands for more. */
  readonly codes: readonly string[]
  readonly decision: Exclude<Decision, 'by_status' | 'done'>
  /** Whether the request had gone onto a connection, from when on it may have been applied. Absent: it does not matter. */
  readonly sent?: boolean
}

/** A row for what stands behind a status. */
export interface BodyRule extends AnswerRule {
  readonly decision: 'by_status'
}
