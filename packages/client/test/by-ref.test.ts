import { describe, expect, it } from 'vitest'
import { ByRef } from '#dist/link/by-ref.js'

describe('what waits for an answer', () => {
  it('is found by its ref once, in whatever order answers come', () => {
    const waiting = new ByRef<string>()
    for (const ref of [1, 2, 3, 4]) waiting.add(ref, `frame ${ref}`)
    expect(waiting.take(3)).toBe('frame 3')
    expect(waiting.take(3)).toBeUndefined()
    expect(waiting.take(1)).toBe('frame 1')
    expect(waiting.size).toBe(2)
    expect([1, 2, 3, 4].filter((ref) => waiting.has(ref))).toEqual([2, 4])
    expect(waiting.drain()).toEqual(['frame 2', 'frame 4'])
    expect(waiting.size).toBe(0)
    expect(waiting.take(4)).toBeUndefined()
  })
})
