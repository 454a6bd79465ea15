import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '#dist/store/store.js'
import { hour, Setting } from './setting.js'

describe('the dedupe window after a restart', () => {
  it('finds every id inside the window, whatever was added, wherever the process was killed', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 60 }) }) },
      { weight: 2, arbitrary: fc.constant({ do: 'kill' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'close' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: hour }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('store' as const), works: fc.boolean() }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const setting = new Setting()
        await setting.start()
        let number = 0
        for (const step of steps) {
          if (step.do === 'publish') setting.publishMany(step.count, `b${number++}`)
          else if (step.do === 'settle') await setting.settled()
          else if (step.do === 'pass') setting.clock.pass(step.ms)
          else if (step.do === 'store') setting.store.failure = step.works ? null : new Error('The disk is full.')
          else {
            if (step.do === 'close') await setting.window.close().catch(() => undefined)
            setting.store.failure = null
            await setting.start()
          }
          expect(setting.window.rebuilt).toBeNull()
        }
        setting.store.failure = null
        const horizon = setting.clock.now() - hour
        expect(await setting.missing(setting.log.filter(({ received }) => received >= horizon))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('is fed nothing again after a clean close, and little after a kill', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publishMany(45)
    await setting.settled()
    expect(setting.log.filter(({ at }) => at.offset >= setting.store.cursors.get('dedupe/permits')!.next[at.partition]!)).toHaveLength(5)
    await setting.window.close()
    const { next } = await setting.start()
    expect(setting.log.every(({ at }) => at.offset < next[at.partition]!)).toBe(true)
  })

  it('fills the last segment up instead of leaving a small one at each restart', async () => {
    const setting = new Setting()
    for (let i = 0; i < 16; i++) {
      await setting.start()
      setting.publish(`start-${i}`)
      await setting.window.close()
    }
    expect(setting.store.numbers('permits')).toEqual([0, 1])
    await setting.start()
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('tries a failed write again with the next segment, in order', async () => {
    const setting = new Setting()
    await setting.start()
    setting.store.failure = new Error('The disk is full.')
    setting.publishMany(30)
    await setting.settled()
    expect(setting.store.numbers('permits')).toEqual([])
    setting.store.failure = null
    setting.publishMany(8, 'later')
    await setting.settled()
    expect(setting.store.numbers('permits')).toEqual([0, 1, 2, 3])
    await setting.start()
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('says at close when the store could not take the rest, and the next start makes up for it', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publishMany(5)
    setting.store.failure = new Error('The disk is full.')
    await expect(setting.window.close()).rejects.toThrow('The disk is full.')
    setting.store.failure = null
    await setting.start()
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('stays within its bound while the store fails for long, says what it forgot, and reads the log again at the next start', async () => {
    const setting = new Setting()
    await setting.start()
    setting.store.failure = new Error('The disk is full.')
    let most = 0
    for (let i = 0; i < 100; i++) {
      setting.publishMany(20, `b${i}`)
      await setting.settled()
      most = Math.max(most, setting.window.stats().entries)
    }
    expect(most).toBeLessThan(700)
    expect(setting.window.stats().forgotten).toBeGreaterThan(1_000)
    setting.store.failure = null
    await setting.start()
    await setting.settled()
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('builds everything anew from the log when a segment is damaged', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publishMany(50)
    await setting.window.close()
    setting.store.kept.get('dedupe/permits')!.set(2, new Uint8Array(70))
    const window = await setting.start()
    expect(window.rebuilt).toBe('Segment 2 is damaged or of another version.')
    expect(await setting.missing(setting.log)).toEqual([])
    await setting.window.close()
    expect((await setting.start()).rebuilt).toBeNull()
  })
})

describe('a fault planted in the projection is found', () => {
  const without =
    (hits: (change: Change) => boolean) =>
    (changes: readonly Change[]): Change[] =>
      changes.flatMap((change) => (hits(change) ? [] : [change]))

  it('the cursor is kept and its segment is not: ids go missing', async () => {
    const setting = new Setting()
    await setting.start()
    setting.store.keep = (changes) =>
      changes.map((change) => (change.kind === 'projection' ? { kind: change.kind, cursor: change.cursor } : change))
    setting.publishMany(20)
    await setting.settled()
    await setting.start()
    expect((await setting.missing(setting.log)).length).toBeGreaterThan(0)
  })

  it('one segment is forgotten: the window is built anew', async () => {
    const setting = new Setting()
    await setting.start()
    setting.store.keep = without((change) => change.kind === 'projection' && change.segment?.number === 1)
    setting.publishMany(40)
    await setting.settled()
    expect((await setting.start()).rebuilt).toBe('Segment 1 is missing in the store.')
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('a segment that lies on disk alone vanishes: publishing such an id fails instead of passing as new', async () => {
    const setting = new Setting()
    await setting.start()
    const [first] = setting.publishMany(400)
    await setting.settled()
    setting.publishMany(400, 'more')
    setting.store.kept.get('dedupe/permits')!.delete(0)
    await expect(setting.window.candidates('hms-api', first!.id)).rejects.toThrow(
      'Part 0 of the dedupe window of topic "permits" is missing',
    )
  })

  it('a segment of another seed is refused', async () => {
    const [setting, other] = [new Setting(), new Setting()]
    for (const each of [setting, other]) {
      await each.start()
      each.publishMany(40)
      await each.window.close()
    }
    setting.store.kept.get('dedupe/permits')!.set(3, other.store.kept.get('dedupe/permits')!.get(3)!)
    expect((await setting.start()).rebuilt).toBe('Segment 3 was written with another seed.')
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('an event told of with the wrong partition is not found at its place', async () => {
    const setting = new Setting()
    await setting.start()
    const { at } = setting.publish('a', { partition: 1 })
    setting.log[0] = { ...setting.log[0]!, at: { ...at, partition: 0 } }
    expect(await setting.missing(setting.log)).toHaveLength(1)
  })
})
