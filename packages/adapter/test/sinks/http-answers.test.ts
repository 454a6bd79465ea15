import { describe, expect, it } from 'vitest'
import { retryAfterMs, verdict } from '#dist/sinks/http-answers.js'

describe('the table of HTTP answers', () => {
  it.each([
    [200, 'done'],
    [201, 'done'],
    [202, 'done'],
    [204, 'done'],
    [207, 'done'],
    [301, 'refused'],
    [302, 'refused'],
    [304, 'refused'],
    [308, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [405, 'refused'],
    [406, 'refused'],
    [409, 'refused'],
    [410, 'refused'],
    [413, 'refused'],
    [415, 'refused'],
    [422, 'refused'],
    [451, 'refused'],
    [401, 'target'],
    [402, 'target'],
    [407, 'target'],
    [421, 'target'],
    [429, 'target'],
    [503, 'target'],
    [403, 'event'],
    [408, 'event'],
    [423, 'event'],
    [424, 'event'],
    [425, 'event'],
    [500, 'event'],
    [501, 'event'],
    [502, 'event'],
    [504, 'event'],
    [507, 'event'],
    [599, 'event'],
  ] as const)('takes a %i for %s', (status, expected) => {
    expect(verdict(status, 1)).toBe(expected)
  })

  it('takes a 409 to a repeat for the first try still at work, but not for ever', () => {
    expect([1, 2, 3, 4, 50].map((attempt) => verdict(409, attempt))).toEqual(['refused', 'event', 'event', 'refused', 'refused'])
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['86400', 3_600_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %s ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
