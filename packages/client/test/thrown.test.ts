import { expect, it } from 'vitest'
import { errorOf } from '#dist/thrown.js'

it('gives an error back as it is', () => {
  const error = new TypeError('no such permit')
  expect(errorOf(error)).toBe(error)
})

it('makes an error with a text of anything else', () => {
  const odd = [7, undefined, Symbol('s'), 'text', { code: 5 }, Object.assign(new Error(), { message: null })]
  expect(odd.map((thrown) => errorOf(thrown).message)).toEqual(['7', 'undefined', 'Symbol(s)', 'text', '{"code":5}', 'null'])
})

it('never throws', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const locked = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('locked')
      },
    },
  )
  for (const thrown of [circular, locked, { big: 1n }]) expect(typeof errorOf(thrown).message).toBe('string')
})
