import assert from 'node:assert/strict'
import { type BusTest, numbers } from '../bus-test.js'
import type { Case } from '../suite.js'

export const restarting: readonly Case<BusTest>[] = [
  {
    name: 'delivers what was in flight again after a crash, without counting an attempt, and nothing that was acknowledged',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3])
      const [first] = await group.take(3)
      await group.done(first!)
      await t.crash()
      const again = await (await t.join('clinic', ['permits'])).take(2)
      assert.deepEqual(numbers(again), [2, 3])
      assert.deepEqual(
        again.map((delivery) => delivery.attempt),
        [1, 1],
      )
    },
  },
  {
    name: 'sends only the stuck event again after a crash, not the later ones that were done',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3, 4, 5, 6], (n) => `key-${n}`)
      const got = await group.take(6)
      await group.done(...got.filter((_, i) => i !== 0 && i !== 3))
      await t.crash()
      const again = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [7])
      assert.deepEqual(numbers(await again.take(3)), [1, 4, 7])
      assert.equal(again.waiting, 0)
    },
  },
  {
    name: 'remembers what is finished ahead over a second crash before anything was read again',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3, 4, 5])
      const got = await group.take(5)
      await group.done(got[1]!, got[3]!)
      await t.crash()
      const second = await t.join('clinic', ['permits'], { want: 1 })
      await second.done(await second.next())
      await t.crash()
      const third = await t.join('clinic', ['permits'])
      assert.deepEqual(numbers(await third.take(2)), [3, 5])
      assert.equal(third.waiting, 0)
    },
  },
  {
    name: 'keeps the place of a group that nobody belongs to',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2])
      await group.done(await group.next())
      group.membership.leave()
      await t.publishAll('permits', [3])
      await t.restart()
      assert.deepEqual(numbers(await (await t.join('clinic', ['permits'])).take(2)), [2, 3])
    },
  },
  {
    name: 'lets a waiting retry wait for its time over a restart, and counts its attempts on',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2], () => 'k')
      await group.nack(await group.next(), { delayMs: 60_000, reason: 'down' })
      await t.crash()
      const again = await t.join('clinic', ['permits'])
      await again.until(() => true)
      t.clock.advance(59_000)
      assert.equal(again.waiting, 0)
      await t.publishAll('permits', [3], () => 'other')
      assert.deepEqual(numbers([await again.next()]), [3])
      t.clock.advance(1_000)
      const retried = await again.next()
      assert.deepEqual([numbers([retried])[0], retried.attempt], [1, 2])
    },
  },
  {
    name: 'refuses a token of before the restart',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1])
      const old = await group.next()
      await t.restart()
      const again = await t.join('clinic', ['permits'])
      await again.next()
      assert.deepEqual(await t.bus.settle('clinic', [{ token: old.token, outcome: { outcome: 'done' } }]), ['expired'])
    },
  },
  {
    name: 'sends nothing twice after a clean stop with nothing in flight',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2, 3])
      await group.done(...(await group.take(3)))
      await t.restart()
      const again = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [4])
      assert.deepEqual(numbers([await again.next()]), [4])
    },
  },
  {
    name: 'lets what is under way be settled before a clean stop, takes nothing new, and sends nothing twice',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'], { want: 2 })
      await t.publishAll('permits', [1, 2, 3])
      const [first, second] = await group.take(2)
      await group.done(first!)
      const drained = t.bus.drain(60_000)
      group.membership.ready(10)
      await assert.rejects(t.publish('permits', { n: 4 }), { code: 'shutting_down' })
      await assert.rejects(t.join('late', ['permits']), { code: 'shutting_down' })
      assert.equal(group.waiting, 0)
      assert.deepEqual(await group.done(second!), ['ok'])
      await drained
      await t.restart()
      assert.deepEqual(numbers([await (await t.join('clinic', ['permits'])).next()]), [3])
    },
  },
  {
    name: 'has an acknowledgement on disk before it says so',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      for (const n of [1, 2, 3, 4, 5]) {
        await t.publishAll('permits', [n])
        const delivery = await group.next()
        assert.deepEqual(await group.done(delivery), ['ok'])
      }
      await t.crash()
      const again = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [6])
      assert.deepEqual(numbers([await again.next()]), [6])
    },
  },
]
