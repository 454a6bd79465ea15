import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearest } from '#dist/nearest.js'

describe('nearest', () => {
  it.each([
    ['retension', ['retention', 'version'], 'retention'],
    ['inspection.status', ['inspections.status', 'permits'], 'inspections.status'],
    ['PERMITS', ['permits'], 'permits'],
    ['pemrits', ['permits'], 'permits'],
    ['colour', ['qos', 'retention'], null],
    ['x', ['yes'], null],
    ['', ['a'], null],
    ['anything', [], null],
  ])('takes %j for the one that was meant', (name, candidates, meant) => {
    expect(nearest(name, candidates)).toBe(meant)
  })

  it('finds any name of four letters or more with one letter dropped, added, changed or swapped', () => {
    const name = fc.stringMatching(/^[a-z]{4,30}$/)
    fc.assert(
      fc.property(name, fc.nat(), fc.constantFrom('drop', 'add', 'change', 'swap'), (wanted, at, how) => {
        const i = at % (wanted.length - 1)
        const [before, a, b, rest] = [wanted.slice(0, i), wanted[i], wanted[i + 1], wanted.slice(i + 2)]
        const typed = {
          drop: before + b + rest,
          add: `${before}-${a}${b}${rest}`,
          change: `${before}-${b}${rest}`,
          swap: before + b + a + rest,
        }[how]
        expect(nearest(typed, ['0123456789012345', wanted])).toBe(wanted)
      }),
    )
  })

  it('costs little among many long names', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `${'topic.'.repeat(30)}${i}`)
    const start = performance.now()
    nearest('topic-'.repeat(31), names)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
