import assert from 'node:assert/strict'
import type { DeliveryPolicy, GroupOutcome } from '@hms-sync/client'
import type { BusTest } from '../bus-test.js'
import type { Case } from '../suite.js'

const adapter: DeliveryPolicy = { target: {} }
const refused = { outcome: 'refused', reason: 'no such inspector' } as const
const group = 'scheduling'

export const outcomes: readonly Case<BusTest>[] = [
  {
    name: 'tells what became of an event once every group is through with it',
    async run(t) {
      await t.start({ permits: {} })
      const member = await t.join(group, ['permits'], { policy: adapter })
      const warehouse = await t.join('warehouse', ['permits'], { policy: adapter })
      const position = await publish(t)
      let told = false
      const asked = t.bus.operations.outcomes('permits', position, 5_000).finally(() => (told = true))
      assert.deepEqual(named(await t.bus.operations.outcomes('permits', position, 5_000, AbortSignal.abort())), [
        [group, 'pending'],
        ['warehouse', 'pending'],
      ])
      assert.ok(!told, 'told before any group was through')
      await member.done(await member.next())
      await warehouse.settle(await warehouse.next(), refused)
      assert.deepEqual(named(await asked), [
        [group, 'delivered'],
        ['warehouse', 'dead_letter'],
      ])
      assert.deepEqual(named(await t.bus.operations.outcomes('permits', position, 5_000)), named(await asked))
    },
  },
  {
    name: 'tells a failure as one from the moment it is settled, before it is durable',
    async run(t) {
      await t.start({ permits: {} })
      const member = await t.join(group, ['permits'], { policy: adapter })
      for (let n = 0; n < 20; n++) {
        const position = await publish(t)
        const settled = member.settle(await member.next(), refused)
        const asked = await Promise.all([0, 0, 0].map(() => t.bus.operations.outcomes('permits', position, 5_000)))
        assert.deepEqual(
          asked.map(named),
          [0, 0, 0].map(() => [[group, 'dead_letter']]),
        )
        await settled
      }
    },
  },
  {
    name: 'tells who is not through when the time is up, and why',
    async run(t) {
      await t.start({ permits: { consumers: ['clinic'] } })
      const member = await t.join(group, ['permits'], { policy: adapter })
      const position = await publish(t)
      await member.settle(await member.next(), { outcome: 'retry', scope: 'target', reason: 'connection refused' })
      const asked = t.bus.operations.outcomes('permits', position, 1_000)
      assert.deepEqual(await timeUp(t, asked), [
        { group: 'clinic', outcome: 'pending', attempts: 0, reason: 'nobody takes part in the group now' },
        { group, outcome: 'pending', attempts: 0, reason: 'its system is failing: connection refused' },
      ])
    },
  },
  {
    name: 'stops waiting for outcomes when nobody waits any more',
    async run(t) {
      await t.start({ permits: {} })
      await t.join(group, ['permits'])
      const over = new AbortController()
      const asked = t.bus.operations.outcomes('permits', await publish(t), 600_000, over.signal)
      over.abort()
      assert.deepEqual(named(await asked), [[group, 'pending']])
      assert.deepEqual(named(await t.bus.operations.outcomes('permits', await publish(t), 600_000, over.signal)), [[group, 'pending']])
    },
  },
  {
    name: 'tells of an event that waits behind a dead letter of its key that it is parked',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await t.join(group, ['permits'], { policy: adapter })
      await publish(t, 'k')
      await member.settle(await member.next(), refused)
      const position = await publish(t, 'k')
      assert.deepEqual(named(await t.bus.operations.outcomes('permits', position, 5_000)), [[group, 'parked']])
      const [letter] = (await t.bus.operations.deadLetters({ group })).items
      await t.bus.operations.skipDeadLetters({ ids: [letter!.id] })
      await member.done(await member.next())
      assert.deepEqual(named(await t.bus.operations.outcomes('permits', position, 5_000)), [[group, 'delivered']])
    },
  },
  {
    name: 'has nothing to tell where no group takes the event, and refuses a position that is none',
    async run(t) {
      await t.start({ permits: {} })
      assert.deepEqual(await t.bus.operations.outcomes('permits', await publish(t), 5_000), [])
      await assert.rejects(t.bus.operations.outcomes('permits', 'here', 5_000), { code: 'invalid_request' })
      await assert.rejects(t.bus.operations.outcomes('visits', '0-1', 5_000), { code: 'unknown_topic' })
    },
  },
]

async function publish(t: BusTest, key?: string): Promise<string> {
  const published = await t.publish('permits', { n: 1 }, key === undefined ? {} : { key })
  assert('position' in published)
  return published.position
}

function named(all: readonly GroupOutcome[]): readonly (readonly [string, string])[] {
  return all.map(({ group: name, outcome }) => [name, outcome] as const).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** What is answered once the time is up: the clock goes on until then. */
async function timeUp(t: BusTest, asked: Promise<readonly GroupOutcome[]>): Promise<readonly GroupOutcome[]> {
  let answered = false
  void asked.finally(() => {
    answered = true
  })
  for (let turns = 0; !answered && turns < 1_000; turns++) {
    t.clock.advance(500)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return (await asked).toSorted((a, b) => (a.group < b.group ? -1 : 1))
}
