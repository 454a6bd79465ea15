import assert from 'node:assert/strict'
import { type BusTest, numbers, wireOf } from '../bus-test.js'
import type { Case } from '../suite.js'

export const delivering: readonly Case<BusTest>[] = [
  {
    name: 'delivers each event to every group once',
    async run(t) {
      await t.start({ permits: {} })
      const groups = [await t.join('clinic', ['permits']), await t.join('warehouse', ['permits'])]
      await t.publishAll('permits', [1, 2, 3])
      for (const group of groups) {
        const got = await group.take(3)
        assert.deepEqual(
          numbers(got).sort((a, b) => a - b),
          [1, 2, 3],
        )
        await group.done(...got)
        assert.equal(group.waiting, 0)
      }
    },
  },
  {
    name: 'delivers the event as it was published, with attempt 1',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publish('permits', { permitId: 7 }, { id: 'a', key: 'k' })
      const delivery = await group.next()
      const event = wireOf(delivery)
      assert.equal(delivery.attempt, 1)
      assert.deepEqual([event.id, event.key, event.topic, event.type, event.payload], ['a', 'k', 'permits', 'permits', { permitId: 7 }])
      assert.equal(Date.parse(event.replayable_until) - Date.parse(event.received), 7 * 86_400_000)
    },
  },
  {
    name: 'shares the events of a group among its members, each to one of them',
    async run(t) {
      await t.start({ permits: {} })
      const members = [await t.join('clinic', ['permits']), await t.join('clinic', ['permits'])]
      await t.publishAll('permits', [1, 2, 3, 4, 5, 6])
      await members[0]!.until(() => members[0]!.waiting + members[1]!.waiting === 6)
      assert.deepEqual(
        numbers(members.flatMap((member) => member.received)).sort((a, b) => a - b),
        [1, 2, 3, 4, 5, 6],
      )
      assert.ok(members.every((member) => member.waiting > 0))
    },
  },
  {
    name: 'sends no more than was asked for',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'], { want: 2 })
      const other = await t.join('warehouse', ['permits'])
      await t.publishAll('permits', [1, 2, 3, 4])
      await other.take(4)
      assert.equal(group.waiting, 2)
      group.membership.ready(1)
      await group.take(3)
      assert.equal(group.waiting, 0)
    },
  },
  {
    name: 'holds a member that paused, and goes on when it asks again',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      const other = await t.join('warehouse', ['permits'])
      group.membership.pause()
      await t.publishAll('permits', [1])
      await other.next()
      assert.equal(group.waiting, 0)
      group.membership.ready(1)
      await group.next()
    },
  },
  {
    name: 'delivers an event again until it is acknowledged',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publish('permits', { n: 1 })
      await group.nack(await group.next())
      const again = await group.next()
      assert.equal(again.attempt, 2)
      assert.deepEqual(await group.done(again), ['ok'])
    },
  },
  {
    name: 'delivers an event again when its time to acknowledge is over, and refuses the late acknowledgement',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'], { ackTimeoutMs: 1_000 })
      await t.publish('permits', { n: 1 })
      const first = await group.next()
      t.clock.advance(999)
      assert.equal(group.waiting, 0)
      t.clock.advance(1)
      const again = await group.next()
      assert.equal(again.attempt, 2)
      assert.deepEqual(await group.done(first), ['expired'])
      assert.deepEqual(await group.done(again), ['ok'])
    },
  },
  {
    name: 'leaves a delivery to its receiver for as long as it is extended',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'], { ackTimeoutMs: 1_000 })
      await t.publish('permits', { n: 1 })
      const delivery = await group.next()
      t.clock.advance(900)
      await t.bus.settle('clinic', [{ token: delivery.token, outcome: { outcome: 'extend', byMs: 5_000 } }])
      t.clock.advance(4_900)
      assert.equal(group.waiting, 0)
      assert.deepEqual(await group.done(delivery), ['ok'])
    },
  },
  {
    name: 'waits as long as a nack says before it delivers again',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publish('permits', { n: 1 })
      await group.nack(await group.next(), { delayMs: 10_000, reason: 'locked' })
      t.clock.advance(9_999)
      assert.equal(group.waiting, 0)
      const info = await t.bus.group('clinic')
      assert.deepEqual([info.topics[0]?.retrying, info.topics[0]?.lastError?.reason], [1, 'locked'])
      t.clock.advance(1)
      assert.equal((await group.next()).attempt, 2)
    },
  },
  {
    name: 'spreads the tries of a failing event out, and keeps trying',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publish('permits', { n: 1 })
      for (let attempt = 1; attempt <= 8; attempt++) {
        const delivery = await group.next()
        assert.equal(delivery.attempt, attempt)
        await group.nack(delivery, { reason: 'down' })
        t.clock.advance(30_000)
      }
    },
  },
  {
    name: 'makes a refused event a dead letter, with its reason, and its key goes on',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2], () => 'k')
      const refused = await group.next()
      await t.bus.settle('clinic', [{ token: refused.token, outcome: { outcome: 'refused', reason: 'no such clinic' } }])
      assert.equal(wireOf(await group.next()).id, 'permits-2')
      const { deadLetters, topics } = await t.bus.group('clinic')
      assert.deepEqual([deadLetters, topics[0]?.lastError?.reason], [1, 'no such clinic'])
    },
  },
  {
    name: 'hands the deliveries of a member that left to the next one at once, without counting an attempt',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2])
      const held = await first.take(2)
      const second = await t.join('clinic', ['permits'])
      first.membership.leave()
      const taken = await second.take(2)
      assert.deepEqual(
        taken.map((delivery) => delivery.attempt),
        [1, 1],
      )
      assert.deepEqual(numbers(taken), [1, 2])
      assert.deepEqual(await first.done(held[0]!), ['expired'])
    },
  },
  {
    name: 'hands single deliveries back at once',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1])
      const delivery = await group.next()
      group.membership.handBack([delivery.token])
      const again = await group.next()
      assert.equal(again.attempt, 1)
      assert.notEqual(again.token, delivery.token)
    },
  },
  {
    name: 'refuses a token of another group',
    async run(t) {
      await t.start({ permits: {} })
      const clinic = await t.join('clinic', ['permits'])
      await t.join('warehouse', ['permits'])
      await t.publish('permits', { n: 1 })
      const { token } = await clinic.next()
      assert.deepEqual(await t.bus.settle('warehouse', [{ token, outcome: { outcome: 'done' } }]), ['expired'])
      assert.deepEqual(await t.bus.settle('nobody', [{ token, outcome: { outcome: 'done' } }]), ['expired'])
    },
  },
  {
    name: 'lets a member of every topic take in one that comes later',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', null)
      await t.bus.apply(t.project({ permits: {}, visits: {} }))
      await t.publish('visits', { n: 1 })
      assert.equal(wireOf(await group.next()).topic, 'visits')
    },
  },
  {
    name: 'leaves out topics whose consumers do not name the group, for a member of every topic',
    async run(t) {
      await t.start({ permits: {}, payroll: { consumers: ['treasury'] } })
      const group = await t.join('clinic', null)
      await t.publish('payroll', { n: 1 })
      await t.publish('permits', { n: 2 })
      assert.equal(wireOf(await group.next()).topic, 'permits')
      assert.equal(group.waiting, 0)
    },
  },
  {
    name: 'ends every membership when it closes, with the reason',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.bus.close()
      assert.match(group.over?.message ?? '', /shutting down/)
      await assert.rejects(t.publish('permits', {}), /shutting down/)
    },
  },
]
