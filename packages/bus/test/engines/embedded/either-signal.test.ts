import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { eitherSignal } from '#dist/engines/embedded/either-signal.js'

describe('a signal of two', () => {
  it('leaves nothing behind in the other when one aborts, without being let go', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = eitherSignal(one.signal, other.signal)
    one.abort('enough')
    expect([signal.aborted, signal.reason]).toEqual([true, 'enough'])
    expect(getEventListeners(other.signal, 'abort')).toEqual([])
  })
})
