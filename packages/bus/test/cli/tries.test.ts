import type { AttemptInfo } from '@hms-sync/client'
import { expect, it } from 'vitest'
import { tryEntries, whatHappened } from '#dist/cli/tries.js'

it('says of a try that it was of a replay, and tells it from the others like it', () => {
  const one: AttemptInfo = {
    ...{ group: 'scheduling', topic: 'permits', event: 'permit-7', position: 'x0.7', key: '7', attempt: 1 },
    ...{ at: '2026-11-21T10:00:00.000Z', durationMs: 12, outcome: 'retry', reason: 'HTTP 500' },
    ...{ request: null, status: null, answer: null, errorClass: null },
  }
  const again: AttemptInfo = { ...one, again: 'replay' }
  expect([whatHappened(one), whatHappened(again)]).toEqual(['HTTP 500', 'replay: HTTP 500'])
  const entries = tryEntries([one, one, again])
  expect(entries.map(({ lines }) => lines.length)).toEqual([2, 1])
  expect(entries[1]?.lines[0]).toContain('replay: HTTP 500')
})
