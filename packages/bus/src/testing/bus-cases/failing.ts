import assert from 'node:assert/strict'
import type { DeliveryPolicy } from '@hms-sync/client'
import { type BusTest, numbers, type TestMember } from '../bus-test.js'
import type { Case } from '../suite.js'

/** A group with a system behind it. */
const adapter: DeliveryPolicy = { target: {} }
const outOfReach = { outcome: 'retry', scope: 'target', reason: 'it refuses connections' } as const
const serverError = { outcome: 'retry', scope: 'event', reason: 'it answered 500' } as const
const hourMs = 3_600_000

/** Publishes events 1 to n, each of a key of its own. */
async function permits(t: BusTest, n: number): Promise<void> {
  const all = Array.from({ length: n }, (_, i) => i + 1)
  await t.publishAll('permits', all, (i) => `key-${i}`)
}

/** Answers what comes until `expected` events are done; the clock moves on while nothing does. */
async function deliverAll(t: BusTest, member: TestMember, expected: number): Promise<number[]> {
  const done: number[] = []
  for (let idle = 0; done.length < expected && idle < 2_000; ) {
    if (member.waiting === 0) {
      t.clock.advance(50)
      await new Promise((resolve) => setImmediate(resolve))
      idle++
      continue
    }
    idle = 0
    const delivery = await member.next()
    done.push(...numbers([delivery]))
    await member.done(delivery)
  }
  return done
}

export const failing: readonly Case<BusTest>[] = [
  {
    name: 'charges no attempt for a system that is out of reach, and probes it with one delivery at a time',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 5)
      for (const delivery of await group.take(5)) await group.settle(delivery, outOfReach)
      assert.equal((await t.bus.group('scheduling')).health?.state, 'failing')
      assert.equal(group.waiting, 0)
      for (let probe = 0; probe < 4; probe++) {
        t.clock.advance(30_000)
        const delivery = await group.next()
        assert.equal(delivery.attempt, 1)
        assert.equal(group.waiting, 0, 'one at a time')
        await group.settle(delivery, outOfReach)
      }
      t.clock.advance(30_000)
      assert.deepEqual(
        (await deliverAll(t, group, 5)).sort((a, b) => a - b),
        [1, 2, 3, 4, 5],
      )
      assert.equal((await t.bus.group('scheduling')).deadLetters, 0)
    },
  },
  {
    name: 'probes with another event when one was what brought the system down',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 3)
      for (const delivery of await group.take(3)) await group.settle(delivery, outOfReach)
      const probed: number[] = []
      while (probed.length < 6) {
        t.clock.advance(30_000)
        const delivery = await group.next()
        probed.push(...numbers([delivery]))
        await group.settle(delivery, outOfReach)
      }
      assert.deepEqual(probed, [1, 2, 3, 1, 2, 3])
    },
  },
  {
    name: 'probes after growing pauses of at most half a minute',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 1)
      await group.settle(await group.next(), outOfReach)
      const pauses: number[] = []
      for (let probe = 0; probe < 8; probe++) {
        const { health } = await t.bus.group('scheduling')
        const pauseMs = Date.parse(health!.nextProbe!) - t.clock.now()
        pauses.push(pauseMs)
        t.clock.advance(pauseMs + 1)
        await group.settle(await group.next(), outOfReach)
      }
      assert.ok(pauses[0]! <= 1_000, `first ${pauses[0]}`)
      assert.ok(pauses.at(-1)! >= 15_000 && pauses.at(-1)! <= 30_000, `last ${pauses.at(-1)}`)
    },
  },
  {
    name: 'waits as long as an overloaded system asks',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 1)
      await group.settle(await group.next(), { ...outOfReach, delayMs: 120_000 })
      t.clock.advance(119_000)
      await t.bus.group('scheduling')
      assert.equal(group.waiting, 0)
      t.clock.advance(2_000)
      await group.next()
    },
  },
  {
    name: 'takes failures of five keys with no success between for the failure of the system, and gives the tries back',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 6)
      const taken = await group.take(6)
      for (const delivery of taken.slice(0, 4)) await group.settle(delivery, serverError)
      assert.equal((await t.bus.group('scheduling')).health?.state, 'healthy')
      await group.settle(taken[4]!, serverError)
      assert.equal((await t.bus.group('scheduling')).health?.state, 'failing')
      await group.settle(taken[5]!, serverError)
      t.clock.advance(30_000)
      const probe = await group.next()
      assert.equal(probe.attempt, 1)
      await group.done(probe)
      const again = [...(await group.take(1))]
      assert.equal(again[0]!.attempt, 1)
      await group.done(...again)
      await deliverAll(t, group, 4)
      assert.equal((await t.bus.group('scheduling')).deadLetters, 0)
    },
  },
  {
    name: 'gives one event that fails while others succeed its own schedule, and then up',
    async run(t) {
      await t.start({ permits: {} })
      const policy: DeliveryPolicy = { target: {}, retryMs: [1_000, 60_000], maxAttempts: 3 }
      const group = await t.join('scheduling', ['permits'], { policy, ackTimeoutMs: hourMs })
      await permits(t, 1)
      for (const attempt of [1, 2, 3]) {
        const delivery = await group.next()
        assert.equal(delivery.attempt, attempt)
        await group.settle(delivery, serverError)
        await t.publishAll('permits', [10 + attempt], (n) => `key-${n}`)
        await group.done(await group.next())
        t.clock.advance(60_001)
      }
      const { items } = await t.bus.operations.deadLetters({ group: 'scheduling' })
      assert.deepEqual(
        items.map(({ event, attempts, reason, state }) => ({ event, attempts, reason, state })),
        [{ event: 'permits-1', attempts: 3, reason: 'it answered 500', state: 'open' }],
      )
    },
  },
  {
    name: 'gives up on events that fail again each time others have succeeded, though they are many and the others few',
    async run(t) {
      await t.start({ permits: {} })
      const policy: DeliveryPolicy = { target: {}, retryMs: [1_000], maxAttempts: 2 }
      const group = await t.join('scheduling', ['permits'], { policy, ackTimeoutMs: hourMs })
      await permits(t, 6)
      let good = 100
      const deadLetters = async () => (await t.bus.operations.deadLetters({})).items.length
      for (let tries = 0; (await deadLetters()) < 6 && tries < 150; ) {
        if (tries % 10 === 9) await t.publishAll('permits', [++good], (n) => `key-${n}`)
        t.clock.advance(30_000)
        await group.until(() => group.waiting > 0)
        while (group.waiting > 0) {
          const delivery = await group.next()
          tries++
          if (numbers([delivery])[0]! > 100) await group.done(delivery)
          else await group.settle(delivery, serverError)
        }
      }
      assert.equal(await deadLetters(), 6)
    },
  },
  {
    name: 'lets an hour of outage pass without a dead letter, and delivers what waited in order per key',
    async run(t) {
      await t.start({ permits: {}, hours: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      const other = await t.join('warehouse', ['permits'], { policy: adapter })
      await t.publishAll(
        'permits',
        Array.from({ length: 60 }, (_, i) => i),
        (n) => `key-${n % 3}`,
      )
      assert.equal((await deliverAll(t, other, 60)).length, 60, 'others go on')
      for (const start = t.clock.now(); t.clock.now() - start < hourMs; t.clock.advance(10_000)) {
        while (group.waiting > 0) await group.settle(await group.next(), outOfReach)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const done = await deliverAll(t, group, 60)
      for (const key of [0, 1, 2]) {
        const ofKey = done.filter((n) => n % 3 === key)
        assert.deepEqual(
          ofKey,
          [...ofKey].sort((a, b) => a - b),
        )
      }
      assert.equal(done.length, 60)
      assert.equal((await t.bus.operations.deadLetters({})).items.length, 0)
    },
  },
  {
    name: 'releases what waited at a limited rate',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 200)
      const first = await group.take(200)
      for (const delivery of first) await group.settle(delivery, outOfReach)
      t.clock.advance(1_001)
      await group.done(await group.next())
      await group.until(() => group.waiting > 0)
      assert.ok(group.waiting <= 25, `${group.waiting} at once`)
      t.clock.advance(500)
      await group.until(() => group.waiting > 25)
      assert.ok(group.waiting <= 130, `${group.waiting} within half a second`)
      for (let i = 0; i < 30; i++) t.clock.advance(100)
      await group.until(() => group.waiting === 199)
    },
  },
  {
    name: 'releases what waited at a limited rate, also when few keys hold it all',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      await t.publishAll(
        'permits',
        Array.from({ length: 400 }, (_, i) => i),
        (n) => `key-${n % 5}`,
      )
      for (const delivery of await group.take(5)) await group.settle(delivery, outOfReach)
      t.clock.advance(1_001)
      let sent = 0
      for (let ms = 0; ms < 1_500; ms += 30) {
        for (let idle = 0; idle < 5; idle++) {
          while (group.waiting > 0) {
            const delivery = await group.next()
            group.membership.ready(1)
            await group.done(delivery)
            sent++
          }
          await new Promise((resolve) => setImmediate(resolve))
        }
        for (let i = 0; i < 3; i++) t.clock.advance(10)
      }
      assert.ok(sent >= 200 && sent <= 350, `${sent} in a second and a half`)
      assert.equal((await t.bus.group('scheduling')).health?.state, 'recovering')
      await deliverAll(t, group, 400 - sent)
      t.clock.advance(1_000)
      await t.publishAll('permits', [1_000], () => 'key-0')
      await group.done(await group.next())
      assert.equal((await t.bus.group('scheduling')).health?.state, 'healthy')
    },
  },
  {
    name: 'pauses a system that fails for too long, over a restart, until it is resumed',
    async run(t) {
      await t.start({ permits: {} })
      const policy: DeliveryPolicy = { target: { pauseAfterMs: 60_000 } }
      let group = await t.join('scheduling', ['permits'], { policy })
      const begun = t.clock.monotonic()
      await permits(t, 1)
      while ((await t.bus.group('scheduling')).health?.state !== 'paused') {
        await group.settle(await group.next(), outOfReach)
        t.clock.advance(30_000)
      }
      assert.ok(t.clock.monotonic() - begun >= 60_000)
      assert.equal((await t.bus.group('scheduling')).health?.state, 'paused')
      await t.restart()
      group = await t.join('scheduling', ['permits'], { policy })
      assert.equal((await t.bus.group('scheduling')).health?.state, 'paused')
      t.clock.advance(hourMs)
      assert.equal(group.waiting, 0)
      await t.bus.operations.resumeTarget('scheduling')
      await group.done(await group.next())
      assert.notEqual((await t.bus.group('scheduling')).health?.state, 'paused')
    },
  },
  {
    name: 'tries a system at once that is resumed, or whose adapter is there anew',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 1)
      await first.settle(await first.next(), outOfReach)
      assert.equal(first.waiting, 0)
      await t.bus.operations.resumeTarget('scheduling')
      await first.settle(await first.next(), outOfReach)
      assert.equal(first.waiting, 0)
      first.membership.leave()
      const anew = await t.join('scheduling', ['permits'], { policy: adapter })
      await anew.done(await anew.next())
      assert.notEqual((await t.bus.group('scheduling')).health?.state, 'failing')
    },
  },
  {
    name: 'sends no more a second than the group asks for',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('scheduling', ['permits'], { policy: { target: { ratePerSecond: 10 } } })
      await permits(t, 30)
      await group.until(() => group.waiting > 0)
      assert.ok(group.waiting <= 2, `${group.waiting} at once`)
      for (let i = 0; i < 20; i++) t.clock.advance(50)
      await group.until(() => group.waiting >= 9)
      assert.ok(group.waiting <= 12, `${group.waiting} in a second`)
    },
  },
  {
    name: 'waits for the next try of an event over a restart',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.join('scheduling', ['permits'], { policy: adapter })
      await permits(t, 1)
      await first.settle(await first.next(), { ...serverError, delayMs: 600_000 })
      await t.crash()
      const group = await t.join('scheduling', ['permits'], { policy: adapter })
      t.clock.advance(590_000)
      await t.publishAll('permits', [2], (n) => `key-${n}`)
      assert.deepEqual(numbers([await group.next()]), [2], 'it is not due yet')
      assert.equal(group.waiting, 0)
      t.clock.advance(11_000)
      assert.equal((await group.next()).attempt, 2)
    },
  },
]
