import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '#dist/sinks/http/retry-after.js'

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['86400', 3_600_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['Saturday, 21-Nov-26 10:00:30 GMT', 30_000],
    ['Fri, 31 Dec 2027 23:59:59 GMT', 3_600_000],
    ['soon', undefined],
    ['soon 5', undefined],
    ['Sat, whenever', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
