import { afterEach, describe, expect, it } from 'vitest'
import { numbers } from '#dist/testing/bus-test.js'
import { TroubledStorage } from '../troubled-storage.js'

describe('a topic whose log cannot be read any more', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())
  const broken = () => {
    troubled.readFault = () => new Error('the disk is gone')
  }

  it('answers what was waiting with an unknown outcome, and what comes with the fault', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    broken()
    expect(await t.publish('permits', { n: 1 })).toMatchObject({ status: 504, error: { code: 'unknown_outcome' } })
    await expect(t.publish('permits', { n: 2 })).rejects.toMatchObject({ code: 'storage_failed' })
    expect(t.bus.health().ready).toBe(false)
  })

  it('does not start, and says why', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    await t.publishAll('permits', [1, 2])
    broken()
    await expect(t.crash()).rejects.toThrow('the disk is gone')
  })

  it('answers publishes that wait when the topic is taken away', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {}, visits: {} })
    const publishing = t.publish('permits', { n: 1 })
    await t.bus.apply(t.project({ visits: {} }), ['permits'])
    expect([201, 504]).toContain((await publishing).status)
    await t.publishAll('visits', [1])
    expect(numbers([await (await t.join('clinic', ['visits'], { from: 'all' })).next()])).toEqual([1])
  })
})
