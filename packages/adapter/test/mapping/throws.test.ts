import { describe, expect, it } from 'vitest'
import { prepare } from '#dist/mapping/prepare.js'
import { eventOf } from '../test-target.js'

const odd = Object.assign(new Error('x'), { message: Object.create(null), stack: 7 })

describe('a mapping that throws', () => {
  it.each([
    ['an error', new RangeError('too far'), /^map threw.*: RangeError: too far$/],
    ['a text', 'no', /^map threw no$/],
    ['what has no text', Object.create(null), /^map threw something that cannot be shown$/],
    ['an error whose fields are no texts', odd, /^map threw: something that cannot be shown$/],
  ])('refuses the event with a reason when it throws %s', (_what, thrown, reason) => {
    const map = () => {
      throw thrown
    }
    const route = { mismatch: null, filter: null, map, to: { timeoutMs: 1_000 } }
    expect(prepare(route, eventOf({}))).toEqual({ kind: 'refuse', reason: expect.stringMatching(reason) })
  })
})
