import { describe, expect, it } from 'vitest'
import { matchesTopic, topicPatternFault } from '#dist/topic-pattern.js'

describe('a topic pattern', () => {
  it.each([
    ['permits.*', 'permits.approved', true],
    ['permits.*', 'permits', false],
    ['permits.*', 'permits.a.b', false],
    ['permits.**', 'permits.a.b', true],
    ['permits.**', 'permits', true],
    ['*.status', 'inspections.status', true],
    ['**.status', 'a.b.status', true],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
    ['**', 'x.y', true],
  ])('%s for %s: %s', (pattern, topic, expected) => {
    expect(matchesTopic(pattern, topic)).toBe(expected)
  })

  it.each(['', 'a*', '*..b', '.a', 'a/b', '**.**', 'a b', 'x'.repeat(201)])('finds fault with %j', (text) => {
    expect(topicPatternFault(text)).not.toBeNull()
  })
})
