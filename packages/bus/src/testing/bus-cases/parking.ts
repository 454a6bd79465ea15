import assert from 'node:assert/strict'
import { maxParkedPerKey } from '../../delivery/failures/parking.js'
import { type BusTest, numbers } from '../bus-test.js'
import { breakFirst, eventually, group, join, letters, refused } from '../failing-bench.js'
import type { Case } from '../suite.js'

export const parking: readonly Case<BusTest>[] = [
  {
    name: 'parks later events of the key until the dead letter is mended, and then sends all in order',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await t.publishAll('permits', [4], () => 'other')
      assert.deepEqual(numbers([await member.next()]), [4], 'other keys go on')
      await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
      await t.bus.operations.redrive({ ids: [letter.id] })
      await t.publishAll('permits', [5], () => 'k')
      const order: number[] = []
      for (let i = 0; i < 4; i++) {
        const delivery = await member.next()
        assert.equal(member.waiting, 0, 'one of the key at a time')
        order.push(...numbers([delivery]))
        await member.done(delivery)
      }
      assert.deepEqual(order, [1, 2, 3, 5])
      await t.publishAll('permits', [6], () => 'k')
      await member.done(await member.next())
      assert.equal((await t.bus.group(group)).topics[0]?.parked, 0)
    },
  },
  {
    name: 'keeps parked what is parked, over a crash',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      await breakFirst(t, member)
      await eventually(async () => (await t.bus.group(group)).topics[0]?.parked === 2, 'two parked events')
      await eventually(async () => (await t.bus.group(group)).topics[0]?.lag === 0, 'all to be settled')
      await t.restart()
      const after = await join(t)
      await t.publishAll('permits', [4], () => 'k')
      await t.publishAll('permits', [5], () => 'other')
      assert.deepEqual(numbers([await after.next()]), [5])
      assert.equal(after.waiting, 0)
      await t.bus.operations.redrive({ group })
      const order: number[] = []
      for (let i = 0; i < 4; i++) {
        const delivery = await after.next()
        order.push(...numbers([delivery]))
        await after.done(delivery)
      }
      assert.deepEqual(order, [1, 2, 3, 4])
    },
  },
  {
    name: 'goes on with a key whose next event came while the last parked one was under way',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
      await t.bus.operations.skipDeadLetters({ ids: [letter.id] })
      await member.done(await member.next())
      const last = await member.next()
      await t.publishAll('permits', [4], () => 'k')
      await t.publishAll('permits', [5], () => 'other')
      await member.done(await member.next(), last)
      const next = await member.next()
      assert.deepEqual(numbers([last, next]), [3, 4])
      await member.done(next)
      await t.publishAll('permits', [6], () => 'k')
      assert.deepEqual(numbers([await member.next()]), [6])
    },
  },
  {
    name: 'lets events of a key wait in the log beyond those that may be parked, and sends all in order once it is mended',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const all = Array.from({ length: maxParkedPerKey + 50 }, (_, i) => i + 1)
      await t.publishAll('permits', all.slice(0, 600), () => 'k')
      await t.publishAll('permits', all.slice(600), () => 'k')
      await member.settle(await member.next(), refused)
      await eventually(async () => (await letters(t))[0]?.parked === maxParkedPerKey, 'all that may be parked')
      await t.publishAll('permits', [2_000], () => 'other')
      assert.deepEqual(numbers([await member.next()]), [2_000], 'other keys go on')
      await t.bus.operations.redrive({ group })
      member.membership.ready(100)
      for (const n of all) {
        const delivery = await member.next()
        assert.deepEqual(numbers([delivery]), [n])
        await member.done(delivery)
      }
      assert.equal((await t.bus.group(group)).topics[0]?.parked, 0)
    },
  },
  {
    name: 'reads no further while dead letters hold as many keys as may be, over a restart, and goes on when they are mended',
    async run(t) {
      const topics = { permits: { onFailure: 'park' }, hours: {} } as const
      await t.start(topics, { maxHeldKeys: 2 })
      const policy = { target: {} }
      const before = await t.join(group, ['permits', 'hours'], { policy })
      const keyOf = (n: number) => `key-${n % 10}`
      await t.publishAll('permits', [1, 2, 3, 4], keyOf)
      for (const delivery of await before.take(4)) await before.settle(delivery, refused)
      // A read that was under way when the keys became too many may bring events still.
      await t.publishAll('permits', [5], keyOf)
      await before.done(await before.next())
      await t.publishAll('permits', [6, 11], keyOf)
      await t.publishAll('hours', [100])
      const other = await before.next()
      assert.deepEqual(numbers([other]), [100], 'other topics go on')
      await before.done(other)
      assert.equal(before.waiting, 0)
      await t.stop()
      await t.start(topics, { maxHeldKeys: 2 })
      const member = await t.join(group, ['permits', 'hours'], { policy })
      await t.publishAll('permits', [13], keyOf)
      await t.publishAll('hours', [101])
      assert.deepEqual(numbers([await member.next()]), [101])
      assert.equal(member.waiting, 0)
      const ids = (await letters(t)).map(({ id }) => id).reverse()
      await t.bus.operations.redrive({ ids: ids.slice(0, 2) })
      const again = await member.take(2)
      assert.deepEqual(
        numbers(again).sort((a, b) => a - b),
        [1, 2],
      )
      await member.done(...again)
      await eventually(async () => (await letters(t)).filter(({ state }) => state === 'open').length === 2, 'two to be done')
      await t.publishAll('hours', [102])
      assert.deepEqual(numbers([await member.next()]), [102], 'the two that were not known are held now')
      assert.equal(member.waiting, 0)
      await t.bus.operations.redrive({ ids: ids.slice(2) })
      const order: number[] = []
      for (let i = 0; i < 5; i++) {
        const delivery = await member.next()
        order.push(...numbers([delivery]))
        await member.done(delivery)
      }
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [3, 4, 6, 11, 13],
      )
      assert.ok(order.indexOf(3) < order.indexOf(13), 'one key in order')
    },
  },
  {
    name: 'lets parked events go when the dead letter is skipped',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await eventually(async () => (await t.bus.group(group)).topics[0]?.parked === 2, 'two parked events')
      assert.deepEqual(await t.bus.operations.skipDeadLetters({ ids: [letter.id] }), {
        items: [{ id: letter.id, ok: true, state: 'skipped' }],
        taken: 1,
        remaining: 0,
      })
      const order: number[] = []
      for (let i = 0; i < 2; i++) {
        const delivery = await member.next()
        order.push(...numbers([delivery]))
        await member.done(delivery)
      }
      assert.deepEqual(order, [2, 3])
    },
  },
  {
    name: 'makes a parked event that is refused a dead letter of its own, and what comes behind it waits on',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await t.bus.operations.redrive({ ids: [letter.id] })
      await member.done(await member.next())
      const second = await member.next()
      assert.deepEqual(numbers([second]), [2])
      await member.settle(second, refused)
      const open = (await letters(t)).filter(({ state }) => state === 'open')
      assert.deepEqual(
        open.map(({ event, parked }) => ({ event, parked })),
        [{ event: 'permits-2', parked: 1 }],
      )
      assert.equal(member.waiting, 0)
    },
  },
  {
    name: 'holds no trimming back for what is parked',
    async run(t) {
      await t.start({ permits: { onFailure: 'park', retentionMs: 60_000, dedupeWindowMs: 60_000 } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await eventually(async () => (await t.bus.group(group)).topics[0]?.lag === 0, 'all to be settled')
      t.clock.advance(120_000)
      await t.bus.trim()
      assert.equal((await t.bus.topic({ name: 'clerk' }, 'permits')).events, 0)
      await t.bus.operations.redrive({ ids: [letter.id] })
      for (const n of [1, 2, 3]) {
        const delivery = await member.next()
        assert.deepEqual(numbers([delivery]), [n])
        await member.done(delivery)
      }
    },
  },
  {
    name: 'parks once more what a seek back has read again, and once only',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
      await t.bus.seek(group, 'all')
      await t.publishAll('permits', [4], () => 'other')
      await member.done(await member.next())
      assert.equal((await letters(t))[0]?.parked, 3, 'the one that was refused waits behind its dead letter too')
      await t.bus.operations.redrive({ ids: [letter.id] })
      for (const n of [1, 1, 2, 3]) {
        const delivery = await member.next()
        assert.deepEqual(numbers([delivery]), [n])
        await member.done(delivery)
      }
      await t.publishAll('permits', [5], () => 'k')
      assert.deepEqual(numbers([await member.next()]), [5], 'the key is free')
      assert.equal((await t.bus.group(group)).topics[0]?.parked, 0)
    },
  },
  {
    name: 'keeps parked at a seek what lies before the new place, and so does not come from the log again',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      t.clock.advance(60_000)
      await t.publishAll('permits', [4, 5], () => 'k')
      await eventually(async () => (await letters(t))[0]?.parked === 4, 'four parked events')
      for (const place of ['30s', 'now']) {
        await t.bus.seek(group, place)
        await t.publishAll('permits', [place === 'now' ? 7 : 6], () => 'other')
        await member.done(await member.next())
        assert.equal((await letters(t))[0]?.parked, 4, place)
      }
      await t.crash()
      const after = await join(t)
      await t.bus.operations.redrive({ ids: [letter.id] })
      for (const n of [1, 2, 3, 4, 5]) {
        const delivery = await after.next()
        assert.deepEqual(numbers([delivery]), [n])
        await after.done(delivery)
      }
      assert.equal((await t.bus.group(group)).topics[0]?.parked, 0)
    },
  },
  {
    name: 'forgets dead letters and parked events with their group, and keeps them at a seek',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      await breakFirst(t, member)
      await t.bus.seek(group, 'now')
      assert.equal((await letters(t)).length, 1)
      await t.bus.deleteGroup(group)
      assert.equal((await letters(t)).length, 0)
    },
  },
]
