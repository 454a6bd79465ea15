import { describe, expect, it } from 'vitest'
import { hour, Setting } from './setting.js'

describe('the dedupe window', () => {
  it('finds where an event with the same source and id lies, at once', async () => {
    const setting = new Setting()
    await setting.start()
    const { at } = setting.publish('order-1', { partition: 1 })
    expect(setting.window.candidates('hms-api', 'order-1')).toEqual([at])
    expect(setting.window.candidates('hms-api', 'order-2')).toEqual([])
    expect(setting.window.candidates('city-health', 'order-1')).toEqual([])
  })

  it('does not take the end of a source for the start of an id', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publish('bc', { source: 'a' })
    expect(setting.window.candidates('ab', 'c')).toEqual([])
  })

  it('names all copies of an id, the newest last', async () => {
    const setting = new Setting({ segmentIds: 1_000, maxInMemory: 100_000 })
    await setting.start()
    const copies = []
    for (let i = 0; i < 700; i++) {
      setting.publish(`other-${i}`)
      if (i % 100 === 0) copies.push(setting.publish('copied').at)
    }
    expect(setting.window.candidates('hms-api', 'copied')).toEqual(copies)
  })

  it('starts a new topic at the beginning of the log and follows it', async () => {
    const setting = new Setting({ partitions: 3 })
    const window = await setting.start()
    expect(window.next).toEqual([0n, 0n, 0n])
    const { at } = setting.publish('a', { partition: 2 })
    expect(window.next).toEqual([0n, 0n, at.offset + 1n])
  })

  it('asks the store for ids that no longer fit in memory, and finds them in order with the newer ones', async () => {
    const setting = new Setting()
    await setting.start()
    const first = setting.publish('again')
    const events = setting.publishMany(400)
    await setting.settled()
    setting.publishMany(400, 'more')
    const last = setting.publish('again')
    const answer = setting.window.candidates('hms-api', 'again')
    expect(answer).toBeInstanceOf(Promise)
    expect(await answer).toEqual([first.at, last.at])
    expect(await setting.missing(events)).toEqual([])
    expect(setting.window.candidates('hms-api', 'never seen')).toEqual([])
  })

  it('needs the store for hardly any id that is new', async () => {
    const setting = new Setting({ segmentIds: 100, maxInMemory: 400 })
    await setting.start()
    for (let round = 0; round < 10; round++) {
      setting.publishMany(1_000, `r${round}`)
      await setting.settled()
    }
    let asked = 0
    for (let i = 0; i < 20_000; i++) if (setting.window.candidates('hms-api', `new-${i}`) instanceof Promise) asked++
    expect(asked).toBeLessThan(60)
  })

  it('forgets what is older than the window, in memory and in the store', async () => {
    const setting = new Setting()
    await setting.start()
    const old = setting.publishMany(100, 'old')
    await setting.settled()
    expect(setting.window.stats().segments).toBe(12)
    setting.clock.pass(hour + 1)
    const young = setting.publishMany(100, 'young')
    await setting.settled()
    expect(await setting.missing(young)).toEqual([])
    expect((await setting.missing(old)).length).toBeGreaterThan(90)
    expect(setting.store.numbers('permits').length).toBeLessThan(14)
    expect(setting.window.stats().entries).toBeLessThan(200)
  })

  it('gives everything back when a topic falls silent', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publishMany(99)
    await setting.settled()
    setting.clock.pass(hour + 1)
    await setting.settled()
    expect(setting.window.stats()).toMatchObject({ entries: 0, segments: 0 })
    expect(setting.store.numbers('permits')).toEqual([])
  })

  it('passes over an event that is older than the window, and its place is not read again', async () => {
    const setting = new Setting()
    await setting.start()
    setting.window.add('hms-api', 'ancient', { partition: 0, offset: 40n }, setting.clock.now() - hour - 1)
    expect(setting.window.candidates('hms-api', 'ancient')).toEqual([])
    await setting.window.close()
    expect((await setting.start()).next).toEqual([41n, 0n])
  })

  it('starts anew when the topic is another incarnation, and keeps nothing of the old one', async () => {
    const setting = new Setting()
    await setting.start()
    const events = setting.publishMany(50)
    await setting.window.close()
    setting.log.length = 0
    const window = await setting.start({ incarnation: 'two' })
    expect(window.next).toEqual([0n, 0n])
    expect(window.rebuilt).toBe('The topic was made anew.')
    expect(setting.window.stats().entries).toBe(0)
    expect(await setting.missing(events)).toHaveLength(50)
    expect(setting.store.numbers('permits')).toEqual([])
  })

  it('reads new partitions of a widened topic from their beginning', async () => {
    const setting = new Setting()
    await setting.start()
    setting.publishMany(10)
    await setting.window.close()
    const { next } = await setting.start({ partitions: 4 })
    expect(next.slice(2)).toEqual([0n, 0n])
    expect(next[0]).not.toBe(0n)
  })

  it('takes up more partitions and another window under traffic', async () => {
    const setting = new Setting()
    const window = await setting.start()
    window.reconfigure({ windowMs: 2 * hour })
    const { at } = setting.publish('a', { partition: 3 })
    expect(window.next).toEqual([0n, 0n, 0n, at.offset + 1n])
    setting.publishMany(20)
    setting.clock.pass(hour + 1)
    setting.publishMany(20, 'later')
    expect(window.candidates('hms-api', 'a')).toEqual([at])
    await window.close()
    expect(setting.store.cursors.get('dedupe/permits')!.next).toHaveLength(4)
  })

  it('keeps offsets that need all 63 bits', async () => {
    const setting = new Setting({ segmentIds: 4 })
    const window = await setting.start()
    const offsets = [1n, 2n ** 33n, 2n ** 62n, 2n ** 63n - 2n]
    for (const [i, offset] of offsets.entries()) window.add('s', `id-${i}`, { partition: 0, offset }, setting.clock.now())
    await window.close()
    await setting.start()
    expect(offsets.map((_, i) => setting.window.candidates('s', `id-${i}`))).toEqual(offsets.map((offset) => [{ partition: 0, offset }]))
  })
})
