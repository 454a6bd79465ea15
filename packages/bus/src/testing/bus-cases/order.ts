import assert from 'node:assert/strict'
import { type BusTest, numbers } from '../bus-test.js'
import type { Case } from '../suite.js'

const odd = (n: number) => (n % 2 === 1 ? 'odd' : 'even')

export const order: readonly Case<BusTest>[] = [
  {
    name: 'has one event of a key under way at a time, and different keys side by side',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3, 4], odd)
      const first = await group.take(2)
      assert.deepEqual(numbers(first), [1, 2])
      assert.equal(group.waiting, 0)
      await group.done(first[1]!)
      assert.deepEqual(numbers([await group.next()]), [4])
      await group.done(first[0]!)
      assert.deepEqual(numbers([await group.next()]), [3])
    },
  },
  {
    name: 'keeps the order of a key over a nack: what comes after waits',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3], () => 'k')
      await group.nack(await group.next(), { delayMs: 1_000 })
      assert.equal(group.waiting, 0)
      t.clock.advance(1_000)
      for (const n of [1, 2, 3]) {
        const delivery = await group.next()
        assert.deepEqual(numbers([delivery]), [n])
        await group.done(delivery)
      }
    },
  },
  {
    name: 'keeps the order of a key over a change of members',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3], () => 'k')
      await first.next()
      first.membership.leave()
      const second = await t.join('clinic', ['permits'])
      for (const n of [1, 2, 3]) {
        const delivery = await second.next()
        assert.deepEqual(numbers([delivery]), [n])
        await second.done(delivery)
      }
    },
  },
  {
    name: 'gives each topic its turn, however much of another one waits',
    async run(t) {
      await t.start({ permits: {}, inspections: {} })
      const many = Array.from({ length: 40 }, (_, i) => i)
      await t.publishAll('permits', many)
      await t.publishAll('inspections', many)
      const group = await t.join('clinic', ['permits', 'inspections'], { from: 'all', want: 1 })
      const topics = new Set<string>()
      for (let i = 0; i < 10; i++) {
        const delivery = await group.next()
        topics.add(delivery.event.topic)
        group.membership.ready(1)
        await group.done(delivery)
      }
      assert.deepEqual([...topics].sort(), ['inspections', 'permits'])
    },
  },
  {
    name: 'runs events without a key side by side',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3])
      assert.deepEqual(numbers(await group.take(3)), [1, 2, 3])
    },
  },
  {
    name: 'lets other keys go on while one is stuck, however many come',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      const all = Array.from({ length: 2_000 }, (_, i) => i)
      for (let i = 0; i < all.length; i += 500)
        await t.publishAll('permits', all.slice(i, i + 500), (n) => (n === 0 ? 'stuck' : `key-${n % 50}`))
      const stuck = await group.next()
      for (let done = 0; done < 1_999; done++) {
        await group.done(await group.next())
        group.membership.ready(1)
      }
      assert.deepEqual(await group.done(stuck), ['ok'])
      assert.equal((await t.bus.group('clinic')).topics[0]?.lag, 0)
    },
  },
  {
    name: 'reads blocked events of a stuck key again when their turn comes, however large they are',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      const filler = 'x'.repeat(700_000)
      for (let n = 0; n < 12; n++) await t.publish('permits', { n, filler }, { key: 'k' })
      for (let n = 0; n < 12; n++) {
        const delivery = await group.next()
        assert.deepEqual(numbers([delivery]), [n])
        await group.done(delivery)
      }
    },
  },
  {
    name: 'keeps all events of a key in one partition, in order, and reads every partition',
    async run(t) {
      await t.start({ permits: { partitions: 4 } })
      const group = await t.join('clinic', ['permits'])
      const all = Array.from({ length: 40 }, (_, n) => n)
      await t.publishAll('permits', all, (n) => `key-${n % 8}`)
      const seen = new Map<number, number[]>()
      for (let i = 0; i < 40; i++) {
        const delivery = await group.next()
        const [n] = numbers([delivery])
        seen.set(n! % 8, [...(seen.get(n! % 8) ?? []), n!])
        await group.done(delivery)
      }
      for (const [key, got] of seen)
        assert.deepEqual(
          got,
          [0, 1, 2, 3, 4].map((i) => i * 8 + key),
        )
      const events = await t.read('permits')
      assert.equal(events.length, 40)
      assert.ok(new Set(events.map((event) => event.position.split('-')[0])).size > 1)
    },
  },
]
