import { describe, expect, it } from 'vitest'
import { onwardTraceparent } from '#dist/sinks/http/traceparent.js'

const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'

describe('the trace that goes on to a system', () => {
  it('is the same trace with the same flags, under a parent of its own at each try', () => {
    const seen = new Set(Array.from({ length: 3_000 }, () => onwardTraceparent(`00-${trace}-${parent}-01`)))
    expect(seen.size).toBe(3_000)
    for (const onward of seen) expect(onward).toMatch(new RegExp(`^00-${trace}-(?!${parent})(?!0{16})[0-9a-f]{16}-01$`))
    expect(onwardTraceparent(`00-${trace}-${parent}-00`)).toMatch(/-00$/)
  })

  it('is carried on as version 00 from a later version', () => {
    expect(onwardTraceparent(`cc-${trace}-${parent}-01-what-comes-later`)).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
  })

  it.each([
    '',
    'nonsense',
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}-01x`,
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-01\r\nx-evil: 1`,
  ])('is none when it came as %j', (text) => {
    expect(onwardTraceparent(text)).toBeNull()
  })
})
