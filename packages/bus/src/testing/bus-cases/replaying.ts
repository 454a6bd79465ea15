import assert from 'node:assert/strict'
import { type BusTest, numbers } from '../bus-test.js'
import { adapter, breakFirst, code, eventually, group, join, letters } from '../failing-bench.js'
import type { Case } from '../suite.js'

export const replaying: readonly Case<BusTest>[] = [
  {
    name: 'sends to one group again what it got since, in order, without moving its place',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1, 2, 3], () => 'k')
      for (let i = 0; i < 3; i++) await member.done(await member.next())
      const before = (await t.bus.group(group)).topics[0]?.cursor
      const started = await t.bus.operations.replay(group, { since: 'all' })
      const order: number[] = []
      for (let i = 0; i < 3; i++) {
        const delivery = await member.next()
        order.push(...numbers([delivery]))
        await member.done(delivery)
      }
      assert.deepEqual(order, [1, 2, 3])
      await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
      assert.deepEqual([t.bus.operations.replays()[0]?.id, t.bus.operations.replays()[0]?.sent], [started.id, 3])
      assert.equal((await t.bus.group(group)).topics[0]?.cursor, before)
    },
  },
  {
    name: 'tells the tries of a replay from the others, over a crash',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1, 2], () => 'k')
      const captured = { slot: 'S-17' }
      await member.settle(await member.next(), { outcome: 'done', attempt: { durationMs: 3, status: 201, captured } })
      await member.done(await member.next())
      await t.bus.operations.replay(group, { since: 'all' })
      await member.settle(await member.next(), { outcome: 'done', attempt: { durationMs: 3, status: 201, captured } })
      await member.done(await member.next())
      await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
      await t.publishAll('permits', [3], () => 'k')
      await member.done(await member.next())
      await t.crash()
      const { items } = await t.bus.operations.deliveries({ group })
      assert.deepEqual(
        items.map(({ event, again, captured }) => [event, again, captured]),
        [
          ['permits-3', undefined, undefined],
          ['permits-2', 'replay', undefined],
          ['permits-1', 'replay', captured],
          ['permits-2', undefined, undefined],
          ['permits-1', undefined, captured],
        ],
      )
      const [trace] = await t.bus.operations.trace('permits-1')
      assert.deepEqual(
        trace?.groups[0]?.tries.map(({ again }) => again),
        [undefined, 'replay'],
      )
    },
  },
  {
    name: 'sends again from every partition, however many events there are',
    async run(t) {
      await t.start({ permits: { partitions: 4 } })
      const member = await join(t)
      const all = Array.from({ length: 400 }, (_, n) => n)
      await t.publishAll('permits', all, (n) => `key-${n}`)
      for (const delivery of await member.take(400)) await member.done(delivery)
      await t.bus.operations.replay(group, { since: 'all' })
      for (let i = 0; i < 400; i++) await member.done(await member.next())
      await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
      assert.equal(t.bus.operations.replays()[0]?.sent, 400)
    },
  },
  {
    name: 'holds a key up for no longer than a few tries of what is sent again',
    async run(t) {
      await t.start({ permits: {} })
      const member = await t.join(group, ['permits'], { policy: adapter, ackTimeoutMs: 86_400_000 })
      await t.publishAll('permits', [1], () => 'k')
      await member.done(await member.next())
      await t.bus.operations.replay(group, { since: 'all' })
      for (let attempt = 1; attempt <= 3; attempt++) {
        await member.settle(await member.next(), { outcome: 'retry', scope: 'event', reason: 'it answered 500' })
        t.clock.advance(300_001)
      }
      await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
      assert.equal(t.bus.operations.replays()[0]?.failed, 1)
      assert.equal((await t.bus.operations.deadLetters({ group })).items.length, 0)
    },
  },
  {
    name: 'replays nothing of a key that waits behind its dead letter',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      await t.publishAll('permits', [0], () => 'k')
      await member.done(await member.next())
      const letter = await breakFirst(t, member)
      await t.publishAll('permits', [4], () => 'other')
      await member.done(await member.next())
      await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
      await t.bus.operations.replay(group, { since: 'all' })
      const again = await member.take(2)
      assert.deepEqual(numbers(again), [0, 4], 'what it got before')
      await member.done(...again)
      await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
      assert.equal(member.waiting, 0)
      await t.bus.operations.redrive({ ids: [letter.id] })
      for (const n of [1, 2, 3]) {
        const delivery = await member.next()
        assert.deepEqual(numbers([delivery]), [n])
        await member.done(delivery)
      }
    },
  },
  {
    name: 'ends a replay when it is cancelled',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1, 2], () => 'k')
      for (let i = 0; i < 2; i++) await member.done(await member.next())
      const { id } = await t.bus.operations.replay(group, { since: 'all' })
      await member.next()
      assert.equal(t.bus.operations.cancelReplay(id).state, 'cancelled')
      assert.equal(await code(t.bus.operations.replay('nobody', { since: 'all' })), 'unknown_group')
    },
  },
]
