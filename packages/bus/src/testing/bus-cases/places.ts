import assert from 'node:assert/strict'
import type { SyncError } from '@hms-sync/client'
import { type BusTest, numbers } from '../bus-test.js'
import type { Case } from '../suite.js'

export const places: readonly Case<BusTest>[] = [
  {
    name: 'starts a new group at what comes next',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1])
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [2])
      assert.deepEqual(numbers([await group.next()]), [2])
    },
  },
  {
    name: 'starts a new group at everything there is when it asks for all',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1, 2])
      const group = await t.join('clinic', ['permits'], { from: 'all' })
      assert.deepEqual(numbers(await group.take(2)), [1, 2])
    },
  },
  {
    name: 'starts a new group so far back in time as it asks',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1])
      t.clock.advance(3_600_000)
      await t.publishAll('permits', [2])
      t.clock.advance(60_000)
      const group = await t.join('clinic', ['permits'], { from: '10m' })
      assert.deepEqual(numbers([await group.next()]), [2])
    },
  },
  {
    name: 'lets from mean nothing for a group that has its place',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1])
      await first.done(await first.next())
      first.membership.leave()
      const again = await t.join('clinic', ['permits'], { from: 'all' })
      await t.publishAll('permits', [2])
      assert.deepEqual(numbers([await again.next()]), [2])
    },
  },
  {
    name: 'owes a declared consumer everything since it was declared, also before it first came',
    async run(t) {
      await t.start({ permits: { consumers: ['clinic'] } })
      await t.publishAll('permits', [1, 2])
      const group = await t.join('clinic', ['permits'])
      assert.deepEqual(numbers(await group.take(2)), [1, 2])
    },
  },
  {
    name: 'owes a consumer that is declared under traffic what comes from then on',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1])
      await t.bus.apply(t.project({ permits: { consumers: ['clinic'] } }))
      await t.publishAll('permits', [2])
      const group = await t.join('clinic', ['permits'])
      assert.deepEqual(numbers([await group.next()]), [2])
    },
  },
  {
    name: 'moves a group to another place, and its tokens are old',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2])
      const [first, second] = await group.take(2)
      await group.done(first!)
      await t.bus.seek('clinic', 'all')
      assert.deepEqual(await group.done(second!), ['expired'])
      assert.deepEqual(numbers(await group.take(2)), [1, 2])
    },
  },
  {
    name: 'keeps the place that a group was moved to over a restart',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [1, 2])
      await group.done(...(await group.take(2)))
      await t.bus.seek('clinic', 'all')
      await t.crash()
      assert.deepEqual(numbers(await (await t.join('clinic', ['permits'])).take(2)), [1, 2])
    },
  },
  {
    name: 'forgets what a deleted group was owed, and ends its members',
    async run(t) {
      await t.start({ permits: {} })
      const group = await t.join('clinic', ['permits'], { want: 0 })
      await t.publishAll('permits', [1])
      await t.bus.deleteGroup('clinic')
      assert.match(group.over?.message ?? '', /deleted/)
      await assert.rejects(t.bus.group('clinic'), /no group/)
      const again = await t.join('clinic', ['permits'])
      await t.publishAll('permits', [2])
      assert.deepEqual(numbers([await again.next()]), [2])
    },
  },
  {
    name: 'deletes no group that a topic declares, until topics.yaml leaves it out',
    async run(t) {
      await t.start({ permits: { consumers: ['clinic'] }, visits: {} })
      const group = await t.join('clinic', ['permits', 'visits'])
      const refused = (error: SyncError) => {
        assert.equal(error.code, 'change_refused')
        return /consumers of permits, so.*topics apply.*groups seek clinic now/.test(error.message)
      }
      await assert.rejects(t.bus.deleteGroup('clinic'), refused)
      await assert.rejects(t.bus.deleteGroup('clinic', 'permits'), refused)
      await t.publishAll('permits', [1])
      assert.deepEqual(numbers([await group.next()]), [1])
      await t.bus.deleteGroup('clinic', 'visits')
      await t.bus.apply(t.project({ permits: {}, visits: {} }))
      await t.bus.deleteGroup('clinic')
      await assert.rejects(t.bus.group('clinic'), /no group/)
    },
  },
  {
    name: 'reads since a time, by when the bus received the events',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1])
      t.clock.advance(3_600_000)
      await t.publishAll('permits', [2, 3])
      const read = async (since: string) => (await t.read('permits', { since })).map((event) => event.id)
      assert.deepEqual(await read('10m'), ['permits-2', 'permits-3'])
      assert.deepEqual(await read('2h'), ['permits-1', 'permits-2', 'permits-3'])
      assert.deepEqual(await read(new Date(t.clock.now()).toISOString()), ['permits-2', 'permits-3'])
      assert.deepEqual(await read('all'), ['permits-1', 'permits-2', 'permits-3'])
      await assert.rejects(read('yesterday'), /no place in time/)
    },
  },
  {
    name: 'goes on reading behind a cursor, without gap or repeat, also after a restart',
    async run(t) {
      await t.start({ permits: { partitions: 2 } })
      await t.publishAll('permits', [1, 2, 3, 4, 5, 6], (n) => `key-${n}`)
      let cursor = ''
      const seen: string[] = []
      for await (const batch of t.bus.read(
        { name: 'r' },
        { topic: 'permits', since: 'all', untilNow: true, signal: new AbortController().signal },
      )) {
        if (!('events' in batch) || batch.events.length === 0) continue
        seen.push(batch.events[0]!.id)
        cursor = batch.cursorAt(0)
        break
      }
      await t.restart()
      seen.push(...(await t.read('permits', { after: cursor })).map((event) => event.id))
      assert.deepEqual(
        seen.sort(),
        [1, 2, 3, 4, 5, 6].map((n) => `permits-${n}`),
      )
    },
  },
  {
    name: 'reads only the events of one key when asked to',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1, 2, 3], (n) => (n === 2 ? 'b' : 'a'))
      assert.deepEqual(
        (await t.read('permits', { since: 'all', key: 'a' })).map((event) => event.id),
        ['permits-1', 'permits-3'],
      )
    },
  },
  {
    name: 'follows: a reader without a group gets what is published while it reads',
    async run(t) {
      await t.start({ permits: {} })
      const abort = new AbortController()
      const reading = t.bus.read({ name: 'r' }, { topic: 'permits', untilNow: false, signal: abort.signal })[Symbol.asyncIterator]()
      await reading.next()
      await t.publishAll('permits', [1])
      const read = await reading.next()
      assert.ok(!read.done && 'events' in read.value && read.value.events[0]?.id === 'permits-1')
      abort.abort()
      assert.equal((await reading.next()).done, true)
    },
  },
]
