import { afterEach, describe, expect, it } from 'vitest'
import { numbers } from '#dist/testing/bus-test.js'
import { TroubledStorage } from '../../troubled-storage.js'

describe('a change of a group that cannot be written', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())
  const full = () => {
    troubled.commitFault = () => new Error('no room left')
  }
  const room = () => {
    troubled.commitFault = () => null
  }

  it('leaves no group that a crash would forget', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    full()
    await expect(t.join('clinic', ['permits'])).rejects.toThrow('no room left')
    room()
    await t.join('clinic', ['permits'], { want: 0 })
    await t.publishAll('permits', [1])
    await t.crash()
    expect(numbers([await (await t.join('clinic', ['permits'])).next()])).toEqual([1])
  })

  it('goes on delivering after a seek', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const group = await t.join('clinic', ['permits'])
    full()
    await expect(t.bus.seek('clinic', 'now')).rejects.toThrow('no room left')
    room()
    await t.publishAll('permits', [1])
    expect(numbers([await group.next()])).toEqual([1])
  })

  it('goes on delivering after a delete, and can be deleted again', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const group = await t.join('clinic', ['permits'])
    full()
    await expect(t.bus.deleteGroup('clinic')).rejects.toThrow('no room left')
    room()
    await t.publishAll('permits', [1])
    expect(numbers([await group.next()])).toEqual([1])
    await t.bus.deleteGroup('clinic')
    expect(group.over?.message).toMatch(/deleted/)
  })

  it('forgets retries that were not written yet with the place that they belong to', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const group = await t.join('clinic', ['permits'])
    await t.publishAll('permits', [1])
    const nacked = group.nack(await group.next(), { delayMs: 60_000, reason: 'down' })
    await t.bus.seek('clinic', 'all')
    await nacked
    await group.next()
    await t.crash()
    const again = await (await t.join('clinic', ['permits'])).next()
    expect(again.attempt).toBe(1)
  })
})
