import assert from 'node:assert/strict'
import type { SinkOutcome } from '../sink.js'

const maxReasonCharacters = 2_000
const maxRequestCharacters = 500
const maxAnswerCharacters = 1_000

/** @throws when it is no outcome, cannot be shown on one line, or tells a secret. */
export function checkOutcome(outcome: SinkOutcome, secrets: readonly string[]): void {
  const text = JSON.stringify(outcome) ?? 'undefined'
  assert.ok(['done', 'retry', 'refused', 'unknown'].includes(outcome?.outcome), `no outcome: ${text}`)
  if (outcome.outcome !== 'done') checkReason(outcome.reason, text)
  if (outcome.outcome === 'retry') {
    assert.ok(outcome.scope === 'target' || outcome.scope === 'event', `a retry says whose fault it is: ${text}`)
    const wait = outcome.retryAfterMs
    assert.ok(wait === undefined || (Number.isFinite(wait) && wait >= 0), `retryAfterMs is a time to wait: ${text}`)
  }
  assert.ok(outcome.status === undefined || Number.isInteger(outcome.status), `status is a whole number: ${text}`)
  const { request = '', answer = '' } = outcome.detail ?? {}
  assert.ok(request.length <= maxRequestCharacters, 'the request of a detail is short')
  assert.ok(answer.length <= maxAnswerCharacters, 'the answer of a detail is an excerpt')
  for (const secret of secrets) assert.ok(!text.includes(secret), `an outcome holds the secret ${secret}: ${text}`)
}

function checkReason(reason: unknown, text: string): asserts reason is string {
  assert.ok(typeof reason === 'string' && reason.trim() !== '', `it says why: ${text}`)
  assert.ok(reason.length <= maxReasonCharacters, `a reason has at most ${maxReasonCharacters} characters`)
  assert.ok(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(reason), `a reason is one printable line: ${text}`)
}
