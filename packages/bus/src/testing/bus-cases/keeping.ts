import assert from 'node:assert/strict'
import { type BusTest, numbers } from '../bus-test.js'
import type { Case } from '../suite.js'

const hour = 3_600_000

export const keeping: readonly Case<BusTest>[] = [
  {
    name: 'forgets what is older than the retention and owed to nobody',
    async run(t) {
      await t.start({ permits: { retentionMs: hour } })
      await t.publishAll('permits', [1, 2])
      t.clock.advance(2 * hour)
      await t.publishAll('permits', [3])
      await t.bus.trim()
      assert.deepEqual(
        (await t.read('permits')).map((event) => event.id),
        ['permits-3'],
      )
    },
  },
  {
    name: 'keeps what a group is owed beyond the retention',
    async run(t) {
      await t.start({ permits: { retentionMs: hour, consumers: ['clinic'] } })
      await t.publishAll('permits', [1, 2])
      t.clock.advance(2 * hour)
      await t.bus.trim()
      const group = await t.join('clinic', ['permits'])
      const got = await group.take(2)
      await group.done(got[1]!)
      await t.bus.trim()
      await t.restart()
      assert.deepEqual(numbers([await (await t.join('clinic', ['permits'])).next()]), [1])
    },
  },
  {
    name: 'forgets what was owed once it is settled',
    async run(t) {
      await t.start({ permits: { retentionMs: hour, consumers: ['clinic'] } })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2])
      await group.done(...(await group.take(2)))
      t.clock.advance(2 * hour)
      await t.bus.trim()
      assert.equal((await t.read('permits')).length, 0)
    },
  },
  {
    name: 'gives way to maxBytes with a notice before, and the group sees the gap',
    async run(t) {
      await t.start({ permits: { maxBytes: 30_000, consumers: ['clinic'] } })
      const filler = 'x'.repeat(1_000)
      for (let n = 0; n < 60; n++) await t.publish('permits', { n, filler })
      await t.bus.trim()
      assert.ok(t.said.some((line) => line.includes('maxBytes')))
      // What lies in the memory of the tail is still delivered; after a restart it is gone for good.
      await t.restart()
      const group = await t.join('clinic', ['permits'])
      const [first] = numbers([await group.next()])
      assert.ok(first! > 0)
      assert.equal(group.gaps.length, 1)
      assert.equal(group.gaps[0]!.topic, 'permits')
    },
  },
  {
    name: 'goes on behind events that maxBytes forced out while they waited behind their key',
    async run(t) {
      await t.start({ permits: { maxBytes: 150_000 } })
      const group = await t.join('clinic', ['permits'])
      const filler = 'x'.repeat(100_000)
      for (let n = 1; n <= 60; n++) await t.publish('permits', { n, filler }, { key: 'k' })
      for (let n = 1; n <= 30; n++) await group.done(await group.next())
      await t.publish('permits', { n: 61, filler }, { key: 'k' })
      await t.bus.trim()
      let last = 0
      while (last !== 61) {
        const delivery = await group.next()
        last = numbers([delivery])[0]!
        await group.done(delivery)
      }
      assert.ok(group.gaps.length > 0)
      await t.publish('permits', { n: 62 }, { key: 'k' })
      assert.deepEqual(numbers([await group.next()]), [62])
    },
  },
  {
    name: 'tells a reader without a group about a gap, and goes on behind it',
    async run(t) {
      await t.start({ permits: { retentionMs: hour } })
      await t.publishAll('permits', [1, 2])
      const reading = t.bus.read({ name: 'r' }, { topic: 'permits', since: 'all', untilNow: true, signal: new AbortController().signal })
      const start = (await reading[Symbol.asyncIterator]().next()).value as { readonly next: string }
      t.clock.advance(2 * hour)
      await t.publishAll('permits', [3])
      await t.bus.trim()
      await t.restart()
      const seen: string[] = []
      for await (const batch of t.bus.read(
        { name: 'r' },
        { topic: 'permits', after: start.next, untilNow: true, signal: new AbortController().signal },
      )) {
        if ('gap' in batch) seen.push('gap')
        else seen.push(...batch.events.map((event) => event.id))
      }
      assert.deepEqual(seen, ['gap', 'permits-3'])
    },
  },
]
