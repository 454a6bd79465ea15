import type { SyncError } from '@hms-sync/client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonBounded } from '#dist/json.js'
import { locateJsonFault } from '#dist/json-fault.js'

describe('parseJsonBounded', () => {
  it('answers what JSON.parse answers for any JSON within the depth', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, stringUnit: 'binary' }), (text) => {
        expect(parseJsonBounded(text, 64)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses exactly what is deeper than the limit, whatever the strings hold', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8, stringUnit: fc.constantFrom('"', '\\', '[', '{', ']', '}', 'a') }),
        fc.nat(8),
        (value, limit) => {
          const parse = () => parseJsonBounded(JSON.stringify(value), limit)
          if (depthOf(value) > limit) expect(codeOf(parse)).toBe('too_deep')
          else expect(parse()).toEqual(JSON.parse(JSON.stringify(value)))
        },
      ),
    )
  })

  it('counts an empty array as one level and a bare value as none', () => {
    expect(parseJsonBounded('7', 0)).toBe(7)
    expect(codeOf(() => parseJsonBounded('[]', 0))).toBe('too_deep')
    expect(parseJsonBounded(`${'['.repeat(32)}${']'.repeat(32)}`, 32)).toBeTruthy()
    expect(codeOf(() => parseJsonBounded('['.repeat(100_000), 32))).toBe('too_deep')
  })

  it('names the position of the fault', () => {
    expect(() => parseJsonBounded('{"a":}', 32)).toThrow('This is not JSON: at position 5, there is "}"; a value should stand here.')
    expect(() => parseJsonBounded('{\n  "a": 1,\n}', 32)).toThrow(
      'at line 3, column 1, there is "}"; a name in double quotes should stand here.',
    )
    expect(() => parseJsonBounded('', 32)).toThrow('at position 0, the text ends; a value should stand here.')
    expect(codeOf(() => parseJsonBounded('nul', 32))).toBe('invalid_json')
  })

  it('does not repeat the text in its message', () => {
    expect(() => parseJsonBounded('{"password":"hunter2" oops}', 32)).toThrow(/^(?!.*hunter2)/)
  })
})

describe('locateJsonFault', () => {
  it.each([
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ["['a']", 1],
    ['{"a":1}}', 7],
    ['"a\nb"', 2],
    ['"a\\x"', 2],
    ['"abc', 4],
    ['01', 1],
    ['[1', 2],
    ['{"a":1]', 6],
    ['NaN', 0],
    ['\uFEFF{}', 0],
  ])('finds the fault of %j at %i', (text, offset) => {
    expect(locateJsonFault(text).offset).toBe(offset)
  })

  it('takes long strings and many escapes', () => {
    expect(locateJsonFault(`["${'a'.repeat(8_000_000)}"`).offset).toBe(8_000_003)
    expect(locateJsonFault(`["${'\\\\n'.repeat(2_000_000)}"`).offset).toBeGreaterThan(6_000_000)
  })

  it('lies within the text, for any JSON with one character put in', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (json, at, char) => {
        const cut = at % (json.length + 1)
        const broken = json.slice(0, cut) + char + json.slice(cut)
        fc.pre(!parses(broken))
        const { offset } = locateJsonFault(broken)
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThanOrEqual(broken.length)
      }),
    )
  })
})

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as SyncError).code
  }
  return 'none'
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
