import assert from 'node:assert/strict'
import type { DeadLetterInfo, DeliveryPolicy } from '@hms-sync/client'
import { SyncError } from '@hms-sync/client'
import { maxParkedPerKey } from '../../delivery/failures/parking.js'
import { type BusTest, numbers, type TestMember, wireOf } from '../bus-test.js'
import type { Case } from '../suite.js'

const adapter: DeliveryPolicy = { target: {} }
const refused = { outcome: 'refused', reason: 'no such inspector' } as const
const group = 'scheduling'

async function join(t: BusTest): Promise<TestMember> {
  return t.join(group, ['permits'], { policy: adapter })
}

async function letters(t: BusTest): Promise<readonly DeadLetterInfo[]> {
  return (await t.bus.operations.deadLetters({ group })).items
}

/** Publishes 1 to 3 of one key and has the first refused. */
async function breakFirst(t: BusTest, member: TestMember): Promise<DeadLetterInfo> {
  await t.publishAll('permits', [1, 2, 3], () => 'k')
  await member.settle(await member.next(), refused)
  return (await letters(t))[0]!
}

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof SyncError ? error.code : String(error)),
  )
}

/** Waits until the condition holds, for things that happen behind an answer. */
async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const giveUp = Date.now() + 5_000; !(await condition()); ) {
    if (Date.now() > giveUp) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const repairing: readonly Case<BusTest>[] = [
  {
    name: 'keeps a dead letter with its reason and its tries, over a crash',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1])
      const attempt = { durationMs: 12, request: 'POST /slots', status: 422, answer: 'no inspector', errorClass: 'refused' } as const
      await member.settle(await member.next(), { ...refused, attempt })
      await t.crash()
      const [letter] = await letters(t)
      assert.deepEqual(
        [letter?.event, letter?.reason, letter?.errorClass, letter?.state, letter?.attempts],
        ['permits-1', 'no such inspector', 'refused', 'open', 1],
      )
      const { content, tries } = await t.bus.operations.deadLetter(letter!.id)
      assert.deepEqual(content.payload, { n: 1 })
      assert.deepEqual([tries.length, tries[0]?.status, tries[0]?.request, tries[0]?.answer], [1, 422, 'POST /slots', 'no inspector'])
    },
  },
  {
    name: 'supersedes a dead letter when a newer event of its key is applied, and refuses to send it again',
    async run(t) {
      await t.start({ permits: { onFailure: 'supersede' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      assert.equal(letter.state, 'open')
      await member.done(await member.next())
      assert.equal((await letters(t))[0]?.state, 'superseded')
      const [change] = await t.bus.operations.redrive({ ids: [letter.id] })
      assert.equal(change?.ok, false)
      await t.crash()
      assert.equal((await letters(t))[0]?.state, 'superseded')
    },
  },
  {
    name: 'sends a dead letter again before the newer event of its key that waits, and not after it was applied',
    async run(t) {
      await t.start({ permits: { onFailure: 'supersede' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      const second = await member.next()
      await t.bus.operations.redrive({ ids: [letter.id] })
      await member.settle(second, { outcome: 'retry', delayMs: 0, reason: 'busy' })
      const next = await member.next()
      assert.deepEqual(numbers([next]), [2], 'its own turn is not over')
      await member.done(next)
      assert.deepEqual(numbers([await member.next()]), [3], 'the letter has become stale')
      assert.equal((await letters(t))[0]?.state, 'superseded')
    },
  },
  {
    name: 'delivers a dead letter that is sent again, edited or not, and says so',
    async run(t) {
      await t.start({ permits: { onFailure: 'supersede' } })
      const member = await join(t)
      await t.publishAll('permits', [1], () => 'k')
      await member.settle(await member.next(), refused)
      const [letter] = await letters(t)
      await t.bus.operations.editDeadLetter(letter!.id, { n: 7 })
      assert.deepEqual(await t.bus.operations.redrive({ group }), [{ id: letter!.id, ok: true, state: 'redriving' }])
      const again = await member.next()
      assert.deepEqual([wireOf(again).payload, wireOf(again).id, again.attempt], [{ n: 7 }, 'permits-1', 2])
      await member.done(again)
      const after = (await letters(t))[0]
      assert.deepEqual([after?.state, after?.edited], ['done', true])
      assert.equal(await code(t.bus.operations.editDeadLetter(letter!.id, {})), 'change_refused')
    },
  },
  {
    name: 'still sends the older of two dead letters of a key again when the newer one was skipped',
    async run(t) {
      await t.start({ permits: { onFailure: 'supersede' } })
      const member = await join(t)
      await t.publishAll('permits', [1, 2], () => 'k')
      for (let i = 0; i < 2; i++) await member.settle(await member.next(), refused)
      const [newer, older] = await letters(t)
      await t.bus.operations.skipDeadLetters({ ids: [newer!.id] })
      assert.deepEqual(await t.bus.operations.redrive({ group }), [{ id: older!.id, ok: true, state: 'redriving' }])
      assert.deepEqual(numbers([await member.next()]), [1])
    },
  },
  {
    name: 'keeps the number of a dead letter that gives up again, and counts its tries on',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1])
      await member.settle(await member.next(), refused)
      await t.bus.operations.redrive({ group })
      await member.settle(await member.next(), { ...refused, reason: 'still none' })
      const found = await letters(t)
      assert.deepEqual(
        found.map(({ state, reason, attempts }) => ({ state, reason, attempts })),
        [{ state: 'open', reason: 'still none', attempts: 2 }],
      )
    },
  },
  {
    name: 'goes on with a redrive that a crash broke off',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1])
      await member.settle(await member.next(), refused)
      await t.bus.operations.redrive({ group })
      await member.next()
      await t.crash()
      const after = await join(t)
      await after.done(await after.next())
      assert.equal((await letters(t))[0]?.state, 'done')
    },
  },
  {
    name: 'redrives while nobody takes part, and sends when somebody does',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1])
      await member.settle(await member.next(), refused)
      member.membership.leave()
      await t.bus.operations.redrive({ group })
      const after = await join(t)
      assert.deepEqual(numbers([await after.next()]), [1])
    },
  },
  {
    name: 'says what a redrive would do, and does nothing',
    async run(t) {
      await t.start({ permits: {} })
      const member = await join(t)
      await t.publishAll('permits', [1])
      await member.settle(await member.next(), refused)
      assert.equal((await t.bus.operations.redrive({ group }, { dryRun: true })).length, 1)
      assert.equal((await letters(t))[0]?.state, 'open')
      assert.equal(member.waiting, 0)
    },
  },
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
    name: 'lets parked events go when the dead letter is skipped',
    async run(t) {
      await t.start({ permits: { onFailure: 'park' } })
      const member = await join(t)
      const letter = await breakFirst(t, member)
      await eventually(async () => (await t.bus.group(group)).topics[0]?.parked === 2, 'two parked events')
      assert.deepEqual(await t.bus.operations.skipDeadLetters({ ids: [letter.id] }), [{ id: letter.id, ok: true, state: 'skipped' }])
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
  {
    name: 'gives up after as many tries as a group of subscribers asked for, and never without asking',
    async run(t) {
      await t.start({ permits: {} })
      const member = await t.join('clinic', ['permits'], { policy: { maxAttempts: 2 } })
      const patient = await t.join('patient', ['permits'])
      await t.publishAll('permits', [1])
      for (let i = 0; i < 2; i++) await member.nack(await member.next())
      for (let i = 0; i < 5; i++) await patient.nack(await patient.next())
      assert.deepEqual(
        (await t.bus.operations.deadLetters({})).items.map((letter) => [letter.group, letter.attempts]),
        [['clinic', 2]],
      )
    },
  },
]
