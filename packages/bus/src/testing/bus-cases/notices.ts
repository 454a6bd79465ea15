import assert from 'node:assert/strict'
import type { WireEvent } from '@hms-sync/client'
import type { BusTest } from '../bus-test.js'
import type { Case } from '../suite.js'

const hour = 3_600_000
const topic = 'hms.sync.notices'

export const notices: readonly Case<BusTest>[] = [
  {
    name: 'publishes what an operator should hear on a topic of its own, keyed by whom it is about',
    async run(t) {
      await t.start({ permits: {} })
      t.bus.notices.tell({ cause: 'adapter_failed', subject: 'clinic', text: 'It stopped.', details: { file: 'adapters/clinic.ts' } })
      const [event] = await published(t, 1)
      assert.deepEqual(
        { type: event!.type, key: event!.key, source: event!.source, version: event!.version, payload: event!.payload },
        {
          type: 'adapter_failed',
          key: 'clinic',
          source: 'hms-sync',
          version: 1,
          payload: { cause: 'adapter_failed', subject: 'clinic', text: 'It stopped.', details: { file: 'adapters/clinic.ts' }, unsaid: 0 },
        },
      )
    },
  },
  {
    name: 'delivers notices to who names their topic, and not to members of every topic',
    async run(t) {
      await t.start({ permits: {} })
      const [mailer, everything] = [await t.join('mailer', [topic]), await t.join('warehouse', null)]
      assert.deepEqual(everything.membership.topics, ['permits'])
      t.bus.notices.tell({ cause: 'lag', subject: 'clinic', topic: 'permits', text: 'Behind.' })
      const delivery = await mailer.next()
      assert.equal(delivery.event.key, 'clinic')
      await mailer.done(delivery)
      await t.publishAll('permits', [1])
      assert.equal((await everything.next()).event.topic, 'permits')
      assert.equal(everything.received.length, 1)
    },
  },
  {
    name: 'takes no events from outside on topics of the bus',
    async run(t) {
      await t.start({ permits: {} })
      for (const name of [topic, 'hms.sync.other'])
        await assert.rejects(t.bus.publish({ name: 'hms-sync' }, name, [{ payload: {} }]), { code: 'invalid_request' })
      assert.deepEqual(await t.read(topic), [])
    },
  },
  {
    name: 'keeps the topic of notices whatever the registry says, and what it owes over a restart',
    async run(t) {
      await t.start({ permits: {} })
      await t.join('mailer', [topic], { want: 0 })
      t.bus.notices.tell({ cause: 'lag', subject: 'clinic', text: 'Behind.' })
      await published(t, 1)
      const plan = await t.bus.plan(t.project({ permits: {}, visits: {} }))
      assert.deepEqual(
        plan.map((change) => change.topic),
        ['visits'],
      )
      await t.bus.apply(t.project({ permits: {}, visits: {} }))
      await t.restart({ permits: {}, visits: {} })
      assert.equal((await (await t.join('mailer', [topic])).next()).event.key, 'clinic')
    },
  },
  {
    name: 'tells once within ten minutes of what happens again and again, and then how often',
    async run(t) {
      await t.start({ permits: {} })
      for (let n = 0; n < 5; n++) t.bus.notices.tell({ cause: 'dead_letter', subject: 'clinic', topic: 'permits', text: `No. ${n}` })
      assert.deepEqual(told(await published(t, 1)), [['dead_letter', 'No. 0', 0]])
      t.clock.advance(600_000)
      assert.deepEqual(told(await published(t, 2)), [
        ['dead_letter', 'No. 0', 0],
        ['dead_letter', 'No. 4', 3],
      ])
    },
  },
  {
    name: 'tells of no trouble with notices themselves',
    async run(t) {
      await t.start({ permits: {} })
      await t.join('mailer', [topic])
      await t.join('clinic', [topic, 'permits'])
      t.bus.notices.tell({ cause: 'dead_letter', subject: 'mailer', topic, text: 'Gave up.' })
      t.bus.notices.tell({ cause: 'target_failing', subject: 'mailer', text: 'Out of reach.' })
      t.bus.notices.tell({ cause: 'target_failing', subject: 'clinic', text: 'Takes other events too.' })
      assert.deepEqual(told(await published(t, 1)), [['target_failing', 'Takes other events too.', 0]])
      assert.deepEqual(t.said, ['Gave up.', 'Out of reach.', 'Takes other events too.'])
    },
  },
  {
    name: 'tells that a group saw a gap, and before that what maxBytes forces out',
    async run(t) {
      await t.start({ permits: { maxBytes: 30_000, consumers: ['clinic'] } })
      for (let n = 0; n < 60; n++) await t.publish('permits', { n, filler: 'x'.repeat(1_000) })
      await t.bus.trim()
      const [forced] = await published(t, 1)
      assert.deepEqual([forced!.type, forced!.key, noticeOf(forced).details.first], ['gap', 'permits', '0-1'])
      await t.restart()
      await (await t.join('clinic', ['permits'])).next()
      const [, gap] = await published(t, 2)
      const { details } = noticeOf(gap)
      assert.deepEqual([gap!.type, gap!.key, details], ['gap', 'clinic', { first: '0-1', last: noticeOf(forced).details.last }])
    },
  },
  {
    name: 'tells that owed events come near the limit of their topic before they reach it',
    async run(t) {
      await t.start({ permits: { maxBytes: 70_000, consumers: ['clinic'] }, visits: { maxBytes: 70_000 } })
      for (let n = 0; n < 55; n++) for (const name of ['permits', 'visits']) await t.publish(name, { n, filler: 'x'.repeat(1_000) })
      await t.bus.trim()
      const events = await published(t, 1)
      assert.deepEqual(
        events.map((event) => [event.type, event.key]),
        [['owed_near_limit', 'permits']],
      )
      assert.equal((await t.read('permits')).length, 55)
    },
  },
  {
    name: 'tells once that a group is too far behind, and again when it was better in between',
    async run(t) {
      await t.start({ permits: { consumers: ['clinic'] }, visits: { consumers: ['clinic'] } })
      await t.publishAll('permits', [1])
      const looks = async (ms: number) => {
        for (let passed = 0; passed < ms; passed += 30_000) {
          t.clock.advance(30_000)
          await new Promise(setImmediate)
          await t.bus.groups()
        }
      }
      await looks(hour - 60_000)
      assert.deepEqual(await t.read(topic), [])
      await looks(hour)
      const events = await published(t, 1)
      assert.deepEqual([events[0]!.type, events[0]!.key, noticeOf(events[0]).topic], ['lag', 'clinic', 'permits'])
      const clinic = await t.join('clinic', ['permits'])
      await clinic.done(await clinic.next())
      await looks(60_000)
      clinic.membership.leave()
      await t.publishAll('permits', [2])
      await looks(hour + 60_000)
      assert.equal((await published(t, 2)).length, 2)
    },
  },
]

interface Notice {
  readonly cause: string
  readonly topic?: string
  readonly text: string
  readonly details: { readonly first?: string; readonly last?: string }
  readonly unsaid: number
}

/** Every notice there is, once there are so many. */
async function published(t: BusTest, count: number): Promise<readonly WireEvent[]> {
  for (const giveUp = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    const events = await t.read(topic)
    if (events.length >= count) return events
    assert.ok(Date.now() < giveUp, `There are ${events.length} notices, not ${count}.`)
  }
}

function told(events: readonly WireEvent[]): readonly (readonly [string, string, number])[] {
  return events.map((event) => {
    const { cause, text, unsaid } = noticeOf(event)
    return [cause, text, unsaid]
  })
}

function noticeOf(event: WireEvent | undefined): Notice {
  return event!.payload as unknown as Notice
}
