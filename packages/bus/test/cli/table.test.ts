import { expect, it } from 'vitest'
import { cut, tableLines } from '#dist/cli/table.js'

const rows = [
  ['ID', 'TOPIC', 'REASON'],
  ['12', 'permits.approved', 'HTTP 422: the address has no street'],
]

it('aligns columns and leaves them whole where there is room', () => {
  expect(tableLines(rows, { shrinks: [false, true, true], width: Number.POSITIVE_INFINITY })).toEqual([
    'ID  TOPIC             REASON',
    '12  permits.approved  HTTP 422: the address has no street',
  ])
})

it('takes from the widest of those that may shrink, down to what says something', () => {
  const at = (width: number) => tableLines(rows, { shrinks: [false, true, true], width })[1]
  expect(at(50)).toBe('12  permits.approved  HTTP 422: the address has n…')
  expect(at(40)).toBe('12  permits.approved  HTTP 422: the add…')
  expect(at(30)).toBe('12  permits.app…  HTTP 422: t…')
  expect(at(1)).toBe('12  permits…  HTTP 42…')
  for (const width of [50, 40, 30]) expect(at(width)!.length).toBeLessThanOrEqual(width)
})

it('cuts text only where it is too long', () => {
  expect([cut('abc', 3), cut('abcd', 3)]).toEqual(['abc', 'ab…'])
})
