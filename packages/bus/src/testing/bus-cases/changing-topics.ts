import assert from 'node:assert/strict'
import { SyncError } from '@hms-sync/client'
import { type BusTest, numbers } from '../bus-test.js'
import type { Case } from '../suite.js'

const hour = 3_600_000

/** Topics that come, change and go under traffic. */
export const changingTopics: readonly Case<BusTest>[] = [
  {
    name: 'takes up a new topic and a wider retention under traffic',
    async run(t) {
      await t.start({ permits: { retentionMs: hour } })
      await t.bus.apply(t.project({ permits: { retentionMs: 24 * hour }, visits: {} }))
      await t.publishAll('permits', [1])
      await t.publishAll('visits', [1])
      t.clock.advance(2 * hour)
      await t.bus.trim()
      assert.equal((await t.read('permits')).length, 1)
    },
  },
  {
    name: 'refuses a change that would lose data, names it, and changes nothing',
    async run(t) {
      await t.start({ permits: {}, visits: {} })
      await t.publishAll('permits', [1])
      await assert.rejects(t.bus.apply(t.project({ visits: {}, extra: {} })), /permits/)
      await assert.rejects(t.publish('extra', {}), /no topic/)
      assert.equal((await t.publish('permits', { n: 2 })).status, 201)
      await t.bus.apply(t.project({ visits: {} }), ['permits'])
      await assert.rejects(t.publish('permits', {}), /no topic/)
    },
  },
  {
    name: 'makes a topic at its first publish when it is asked to',
    async run(t) {
      await t.start({}, { dev: true })
      assert.equal((await t.publish('permits', { n: 1 })).status, 201)
      await t.stop()
      await t.start({}, { dev: true })
      assert.equal((await t.read('permits')).length, 1)
      await t.stop()
      await assert.rejects(t.start({}), /topics add permits/)
    },
  },
  {
    name: 'keeps the order of what is published while its topic comes into being',
    async run(t) {
      await t.start({}, { dev: true })
      let isThere = false
      const published: Promise<unknown>[] = []
      for (let n = 0; !isThere && n < 1_000; n++) {
        published.push(t.publish('permits', { n }).then(() => (isThere = true)))
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(published)
      const inOrder = published.map((_, n) => n)
      assert.deepEqual(
        (await t.read('permits')).map(({ payload }) => (payload as { n: number }).n),
        inOrder,
      )
    },
  },
  {
    name: 'refuses a topic that asks for more durability than the engine gives',
    async run(t) {
      await t.start({ permits: {} })
      await assert.rejects(t.bus.apply(t.project({ permits: {}, payroll: { durability: 'replicated(9)' } })), /payroll asks.*replicated/)
    },
  },
  {
    name: 'forgets a removed topic and what was owed of it, once the loss is accepted, also at the start',
    async run(t) {
      await t.start({ permits: { consumers: ['clinic'] }, visits: {} })
      await t.publishAll('permits', [1])
      await t.stop()
      await assert.rejects(t.start({ visits: {} }), /permits/)
      await t.stop()
      await t.start({ visits: {} }, { acceptLoss: ['permits'] })
      await t.bus.apply(t.project({ permits: {}, visits: {} }))
      assert.equal((await t.read('permits')).length, 0)
      assert.deepEqual(await t.bus.groups(), [])
    },
  },
  {
    name: 'shows a reader that follows a topic what comes in partitions that it gets meanwhile',
    async run(t) {
      await t.start({ permits: {} })
      const signal = new AbortController()
      const reading = t.bus.read({ name: 'r' }, { topic: 'permits', untilNow: false, signal: signal.signal })
      await reading.next()
      await t.bus.apply(t.project({ permits: { partitions: 4 } }))
      const all = Array.from({ length: 20 }, (_, n) => n)
      await t.publishAll('permits', all, (n) => `k${n}`)
      const seen: number[] = []
      while (seen.length < all.length) {
        const { value } = await reading.next()
        for (const { wire } of value!.events) seen.push((JSON.parse(wire) as { payload: { n: number } }).payload.n)
      }
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        all,
      )
      signal.abort()
      await reading.return(undefined)
    },
  },
  {
    name: 'tells a reader that follows a topic when it is removed, not when the bus closes',
    async run(t) {
      await t.start({ permits: {}, visits: {} })
      const follow = async (topic: string) => {
        const reading = t.bus.read({ name: 'r' }, { topic, untilNow: false, signal: new AbortController().signal })
        await reading.next()
        return { ended: reading.next().then(String, (error: unknown) => error as SyncError) }
      }
      const [permits, visits] = [await follow('permits'), await follow('visits')]
      await t.bus.apply(t.project({ visits: {} }), ['permits'])
      const ended = await permits.ended
      assert.ok(ended instanceof SyncError && ended.code === 'gone')
      assert.match(ended.message, /permits was removed.*topics apply/)
      await t.stop()
      assert.equal(await visits.ended, '[object Object]')
    },
  },
  {
    name: 'ends the members of a group that a removed topic leaves without any, and keeps the others',
    async run(t) {
      await t.start({ permits: {}, 'visits.clinic': {} })
      const alone = await t.join('alone', ['permits'])
      const both = await t.join('both', ['permits', 'visits.clinic'])
      const open = await t.join('open', ['*'])
      await t.bus.apply(t.project({ 'visits.clinic': {} }), ['permits'])
      assert.ok(alone.over instanceof SyncError && alone.over.code === 'gone')
      assert.equal((await t.bus.group('alone')).members, 0)
      await t.publishAll('visits.clinic', [1])
      assert.deepEqual(numbers([await both.next()]), [1])
      await t.bus.apply(t.project({ permits: {}, 'visits.clinic': {} }))
      await t.publishAll('permits', [2])
      assert.deepEqual(numbers([await both.next(), await open.next()]), [2, 2])
      const again = await t.join('alone', ['permits'], { from: 'all' })
      assert.deepEqual(numbers([await again.next()]), [2])
      assert.deepEqual([both.over, open.over], [null, null])
    },
  },
  {
    name: 'lets nobody wait for a topic that is removed while they join',
    async run(t) {
      await t.start({ permits: {}, visits: {} })
      for (let turns = 0; turns < 30; turns++) {
        const applied = t.bus.apply(t.project({ visits: {} }), ['permits'])
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
        const joined = await t.join(`late-${turns}`, ['permits'], { from: 'all' }).catch((error: unknown) => ({ over: error }))
        await applied
        assert.ok(joined.over instanceof SyncError && ['gone', 'unknown_topic'].includes(joined.over.code), `after ${turns} turns`)
        assert.ok((await t.bus.groups()).every(({ topics }) => topics.length === 0))
        await t.bus.apply(t.project({ permits: {}, visits: {} }))
      }
    },
  },
]
