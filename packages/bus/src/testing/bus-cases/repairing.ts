import assert from 'node:assert/strict'
import type { DeadLetterChanges } from '@hms-sync/client'
import { type BusTest, numbers, wireOf } from '../bus-test.js'
import { breakFirst, code, group, join, letters, refused } from '../failing-bench.js'
import type { Case } from '../suite.js'

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
    name: 'refuses a group that is not there and has left nothing, and keeps to what one has left',
    async run(t) {
      await t.start({ permits: {} })
      await breakFirst(t, await join(t))
      const { operations } = t.bus
      const misspelt = { group: 'schedulign' }
      assert.equal(await code(operations.deadLetters(misspelt)), 'unknown_group')
      assert.equal(await code(operations.deliveries(misspelt)), 'unknown_group')
      assert.equal(await code(operations.redrive(misspelt, { dryRun: true })), 'unknown_group')
      assert.equal(await code(operations.skipDeadLetters(misspelt)), 'unknown_group')
      await assert.rejects(operations.deadLetters(misspelt), /Did you mean "scheduling"/)
      assert.deepEqual((await operations.deadLetters({ group, state: 'done' })).items, [])
      // Nobody takes part any more, and then the group itself goes: its tries are remembered all the same.
      await t.restart()
      assert.equal((await letters(t)).length, 1)
      await t.bus.deleteGroup(group)
      assert.equal(await code(t.bus.group(group)), 'unknown_group')
      assert.equal((await t.bus.operations.deliveries({ group })).items.length, 1)
      assert.deepEqual((await t.bus.operations.deliveries({ group, outcome: 'done' })).items, [])
      assert.deepEqual(await letters(t), [])
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
      const [change] = (await t.bus.operations.redrive({ ids: [letter.id] })).items
      assert.equal(change?.ok, false)
      await t.crash()
      assert.equal((await letters(t))[0]?.state, 'superseded')
      const [skip] = (await t.bus.operations.skipDeadLetters({ ids: [letter.id] })).items
      assert.match(skip?.ok === false ? skip.reason : '', /^A newer event of its key was applied since.* nothing to let go/)
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
      assert.deepEqual((await t.bus.operations.redrive({ group })).items, [{ id: letter!.id, ok: true, state: 'redriving' }])
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
      assert.deepEqual((await t.bus.operations.redrive({ group })).items, [{ id: older!.id, ok: true, state: 'redriving' }])
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
      assert.equal((await t.bus.operations.redrive({ group }, { dryRun: true })).taken, 1)
      assert.equal((await letters(t))[0]?.state, 'open')
      assert.equal(member.waiting, 0)
    },
  },
  {
    name: 'sends no more dead letters again at once than may be on their way, and says how many remain',
    async run(t) {
      await t.start({ permits: {} }, { maxRedriving: 3 })
      const member = await join(t)
      await t.publishAll('permits', [1, 2, 3, 4, 5], (n) => `key-${n}`)
      for (const delivery of await member.take(5)) await member.settle(delivery, refused)
      const said = ({ taken, remaining, room }: DeadLetterChanges) => ({ taken, remaining, room })
      const would = await t.bus.operations.redrive({ group }, { dryRun: true })
      assert.deepEqual(said(would), { taken: 3, remaining: 2, room: 0 })
      const first = await t.bus.operations.redrive({ group })
      assert.deepEqual(said(first), { taken: 3, remaining: 2, room: 0 })
      assert.deepEqual(
        first.items.map((item) => (item.ok ? 'taken' : item.later)),
        ['taken', 'taken', 'taken', true, true],
      )
      assert.deepEqual((await letters(t)).map(({ state }) => state).sort(), ['open', 'open', 'redriving', 'redriving', 'redriving'])
      const again = await member.take(3)
      assert.deepEqual(said(await t.bus.operations.redrive({ group })), { taken: 0, remaining: 2, room: 0 })
      assert.equal(member.waiting, 0)
      await member.done(...again)
      assert.deepEqual(said(await t.bus.operations.redrive({ group })), { taken: 2, remaining: 0, room: 1 })
      assert.deepEqual(
        numbers([...again, ...(await member.take(2))]).sort((a, b) => a - b),
        [1, 2, 3, 4, 5],
      )
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
