import { describe, expect, it } from 'vitest'
import { follow, parsePlain } from '#dist/mapping/path.js'

function read(text: string, payload: unknown): unknown {
  const expression = parsePlain(text)
  return 'literal' in expression ? expression.literal : follow(expression.steps, payload)
}

describe('a path', () => {
  const payload = { id: 7, inspector: { name: 'Lee', 'first name': 'Ann' }, items: [{ id: 1 }, { id: 2 }], Straße: 'x', nil: null }
  it.each([
    ['id', 7],
    ['inspector.name', 'Lee'],
    ['inspector.`first name`', 'Ann'],
    ['items[1].id', 2],
    ['items[-1].id', 2],
    ['items[9].id', undefined],
    ['id[0]', 7],
    ['$', payload],
    ['$.id', 7],
    ['Straße', 'x'],
    ['nil', null],
    ['nil.x', undefined],
    ['missing.x.y', undefined],
    ['items', payload.items],
    ['toString', undefined],
    ['__proto__', undefined],
    ['constructor.name', undefined],
    ["'text'", 'text'],
    ['"te\\"xt"', 'te"xt'],
    ["'it\\'s \"so\"'", 'it\'s "so"'],
    ['42', 42],
    ['-1.5', -1.5],
    ['true', true],
    ['null', null],
  ])('%s', (text, expected) => {
    expect(read(text, payload)).toEqual(expected)
  })

  it('does not guess which item of a list is meant', () => {
    expect(() => read('items.id', payload)).toThrow(/say which item/)
  })

  it.each([
    '',
    ' ',
    'a..b',
    '.a',
    'a.',
    'a b',
    'a +b',
    'a[b]',
    'a[',
    '$x',
    '$eventid',
    '(a)',
    'a[0][1]',
    '`',
    "'open",
    'a'.repeat(501),
    Array(40).fill('a').join('.'),
  ])('refuses %j and says what can be written', (text) => {
    expect(() => parsePlain(text)).toThrow(SyntaxError)
  })
})
