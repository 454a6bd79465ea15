import { describe, expect, it } from 'vitest'
import { BusyMap } from '#dist/busy-map.js'

describe('BusyMap', () => {
  it('behaves as a map does, whatever comes and goes', () => {
    const busy = new BusyMap<string, number>()
    const plain = new Map<string, number>()
    let state = 1
    const next = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % below
    }
    for (let i = 0; i < 20_000; i++) {
      const key = `k${next(300)}`
      if (next(2) === 0) {
        busy.set(key, i)
        plain.set(key, i)
      } else {
        expect(busy.delete(key)).toBe(plain.get(key))
        plain.delete(key)
      }
      expect(busy.get(key)).toBe(plain.get(key))
      expect(busy.size).toBe(plain.size)
    }
    expect([...busy.entries()]).toEqual([...plain])
  })

  it('may lose entries while they are gone through', () => {
    const busy = new BusyMap<number, string>()
    for (let i = 0; i < 10; i++) busy.set(i, `v${i}`)
    const seen: number[] = []
    for (const [key] of busy.entries()) {
      seen.push(key)
      busy.delete(key)
      busy.delete(key + 1)
    }
    expect(seen).toEqual([0, 2, 4, 6, 8])
    expect(busy.size).toBe(0)
  })

  it('is empty after clear, and goes on', () => {
    const busy = new BusyMap<bigint, string>()
    busy.set(1n, 'a')
    busy.clear()
    expect(busy.get(1n)).toBeUndefined()
    busy.set(2n, 'b')
    expect([...busy.entries()]).toEqual([[2n, 'b']])
  })

  it('keeps nothing alive that has gone', { timeout: 30_000 }, async () => {
    const { setFlagsFromString } = await import('node:v8')
    setFlagsFromString('--expose-gc')
    const { runInNewContext } = await import('node:vm')
    const collect = runInNewContext('gc') as () => void
    const busy = new BusyMap<string, object>()
    const gone: WeakRef<object>[] = []
    for (let i = 0; i < 5_000; i++) {
      const value = { number: i }
      busy.set(`k${i}`, value)
      if (i >= 100) busy.delete(`k${i - 100}`)
      gone.push(new WeakRef(value))
    }
    // What a WeakRef was made of in this turn stays until the turn is over.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    const alive = gone.filter((one) => one.deref() !== undefined).length
    expect(alive).toBe(100)
  })
})
