import assert from 'node:assert/strict'
import type { BusTest } from '../bus-test.js'
import { adapter, code, group, join, letters, refused } from '../failing-bench.js'
import type { Case } from '../suite.js'

export const lookingBack: readonly Case<BusTest>[] = [
  {
    name: 'remembers every try, the newest first, a page at a time',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1, 2, 3])
      const taken = await member.take(3)
      await member.settle(taken[0]!, { outcome: 'done', attempt: { durationMs: 3, status: 200 } })
      await member.settle(taken[1]!, refused)
      await member.settle(taken[2]!, { outcome: 'done', filtered: true })
      const page = await t.bus.operations.deliveries({ group }, { limit: 2 })
      assert.deepEqual(
        page.items.map(({ event, outcome }) => [event, outcome]),
        [
          ['permits-3', 'filtered'],
          ['permits-2', 'refused'],
        ],
      )
      const rest = await t.bus.operations.deliveries({ group }, { limit: 2, after: page.next! })
      assert.deepEqual([rest.items.length, rest.items[0]?.event, rest.items[0]?.status, rest.next], [1, 'permits-1', 200, undefined])
      assert.equal((await t.bus.operations.deliveries({ group, outcome: 'refused' })).items.length, 1)
      assert.equal((await t.bus.operations.deliveries({ event: 'permits-1' })).items.length, 1)
    },
  },
  {
    name: 'forgets tries and settled dead letters after their time, and no open ones',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1, 2])
      for (const delivery of await member.take(2)) await member.settle(delivery, refused)
      const [letter] = await letters(t)
      await t.bus.operations.skipDeadLetters({ ids: [letter!.id] })
      t.clock.advance(8 * 86_400_000)
      // The first joins the round that the clock has begun.
      await t.bus.trim()
      await t.bus.trim()
      assert.equal((await t.bus.operations.deliveries({})).items.length, 0)
      assert.equal((await letters(t)).length, 2)
      t.clock.advance(90 * 86_400_000)
      await t.bus.trim()
      await t.bus.trim()
      assert.deepEqual(
        (await letters(t)).map(({ state }) => state),
        ['open'],
      )
    },
  },
  {
    name: 'traces an event through every group',
    async run(t) {
      await t.start({ permits: { consumers: [group, 'warehouse', 'asleep'] } })
      const member = await join(t)
      const warehouse = await t.join('warehouse', ['permits'], { policy: adapter })
      await t.publishAll('permits', [1])
      await member.done(await member.next())
      await warehouse.settle(await warehouse.next(), refused)
      const [trace] = await t.bus.operations.trace('permits-1')
      assert.equal(trace?.event.id, 'permits-1')
      const found = new Map(trace?.groups.map((one) => [one.group, [one.outcome, one.tries.length, one.deadLetter !== null]]))
      assert.deepEqual(found.get('asleep'), ['pending', 0, false])
      assert.deepEqual(found.get(group), ['delivered', 1, false])
      assert.deepEqual(found.get('warehouse'), ['dead_letter', 1, true])
      assert.equal(await code(t.bus.operations.trace('no-such-event')), 'not_found')
    },
  },
  {
    name: 'says of an event that its group was moved past that it was not delivered',
    async run(t) {
      await t.start({ permits: { consumers: [group] } })
      await t.publishAll('permits', [1])
      await t.bus.seek(group, 'now')
      await t.publishAll('permits', [2])
      const member = await join(t)
      await member.done(await member.next())
      const outcomes = await Promise.all(
        ['permits-1', 'permits-2'].map(async (id) => (await t.bus.operations.trace(id))[0]?.groups[0]?.outcome),
      )
      assert.deepEqual(outcomes, ['passed', 'delivered'])
    },
  },
]
