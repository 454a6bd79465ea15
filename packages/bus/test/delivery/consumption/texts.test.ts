import { afterEach, expect, it } from 'vitest'
import type { BusTest } from '#dist/testing/bus-test.js'
import { TroubledStorage } from '../../troubled-storage.js'

const storage = new TroubledStorage()
afterEach(() => storage.dispose())

const keys = 100
const events = 3_000
/** 12 MB in all, three times what is held for those that wait behind their key. */
const text = 'x'.repeat(4_000)

it('reads again what was let go for many keys at once', async () => {
  let batches = 0
  storage.readFault = () => {
    batches++
    return null
  }
  const t: BusTest = await storage.bus()
  await t.start({ permits: {} })
  for (let from = 0; from < events; from += 500) {
    const batch = Array.from({ length: 500 }, (_, i) => ({ payload: { n: from + i, text }, key: `k${(from + i) % keys}` }))
    await t.bus.publish({ name: 'clerk' }, 'permits', batch)
  }
  const member = await t.join('scheduling', ['permits'], { from: 'all', want: events, policy: { target: {} } })
  const last = new Map<string, number>()
  for (let done = 0; done < events; ) {
    await member.until(() => member.waiting > 0)
    const taken = await member.take(member.waiting)
    for (const { event } of taken) {
      const { key, payload } = JSON.parse(event.wire) as { readonly key: string; readonly payload: { readonly n: number } }
      expect(payload.n).toBe(last.has(key) ? last.get(key)! + keys : Number(key.slice(1)))
      last.set(key, payload.n)
    }
    done += taken.length
    await member.done(...taken)
  }
  expect(batches).toBeLessThan(300)
})
