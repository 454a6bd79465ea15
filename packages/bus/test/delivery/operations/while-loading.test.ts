import { afterEach, describe, expect, it } from 'vitest'
import { type BusTest, numbers, type TestMember } from '#dist/testing/bus-test.js'
import { breakFirst, code, eventually, group, join, letters } from '#dist/testing/failing-bench.js'
import { TroubledStorage } from '../../troubled-storage.js'

describe('while a group reads what the store knows of it', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  /** A member joins, and what is read for it is not handed over until the answer is called. */
  async function joinHeld(t: BusTest): Promise<{ readonly member: TestMember; readonly handOver: () => void }> {
    let handOver = () => {}
    let read = false
    const over = new Promise<void>((resolve) => {
      handOver = resolve
    })
    troubled.handingOver = () => {
      read = true
      return over
    }
    const member = await join(t)
    await eventually(async () => read, 'the store to be asked')
    return { member, handOver }
  }

  /** A key with an open dead letter and two parked events, and nobody there. */
  async function broken(): Promise<{ readonly t: BusTest; readonly id: string }> {
    const t = await troubled.bus()
    await t.start({ permits: { onFailure: 'park' }, hours: {} })
    const member = await join(t)
    const { id } = await breakFirst(t, member)
    await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
    member.membership.leave()
    return { t, id }
  }

  it('a skipped dead letter lets its key go once that is known', async () => {
    const { t, id } = await broken()
    const { member, handOver } = await joinHeld(t)
    const skipped = t.bus.operations.skipDeadLetters({ ids: [id] })
    await someRounds(t)
    handOver()
    expect(await skipped).toMatchObject({ taken: 1 })
    await expectInOrder(member, [2, 3])
  })

  it('a dead letter that is redriven goes out once that is known', async () => {
    const { t, id } = await broken()
    const { member, handOver } = await joinHeld(t)
    const redriven = t.bus.operations.redrive({ ids: [id] })
    await someRounds(t)
    handOver()
    expect(await redriven).toMatchObject({ taken: 1 })
    await expectInOrder(member, [1, 2, 3])
    expect((await letters(t))[0]?.state).toBe('done')
  })

  it('a redrive waits no longer than there is somebody to take it, and is taken up by whoever comes', async () => {
    const { t, id } = await broken()
    const { member, handOver } = await joinHeld(t)
    const redriven = t.bus.operations.redrive({ ids: [id] })
    await someRounds(t)
    member.membership.leave()
    expect(await redriven).toMatchObject({ taken: 1 })
    handOver()
    await expectInOrder(await join(t), [1, 2, 3])
  })

  it('a redrive brings no group back that is deleted meanwhile', async () => {
    const { t, id } = await broken()
    const { handOver } = await joinHeld(t)
    const redriven = t.bus.operations.redrive({ ids: [id] })
    await someRounds(t)
    await t.bus.deleteGroup(group)
    await redriven
    handOver()
    await t.crash()
    expect(await code(t.bus.group(group))).toBe('unknown_group')
  })

  it('a replay sends all of it once that is known', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {}, hours: {} })
    const before = await join(t)
    await t.publishAll('permits', [1, 2, 3], () => 'k')
    for (let i = 0; i < 3; i++) await before.done(await before.next())
    before.membership.leave()
    const { member, handOver } = await joinHeld(t)
    await t.bus.operations.replay(group, { since: 'all' })
    await someRounds(t)
    handOver()
    await expectInOrder(member, [1, 2, 3])
    await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
    expect(t.bus.operations.replays()[0]).toMatchObject({ sent: 3, failed: 0 })
  })
})

describe('a replay of a group with a topic that nobody takes now', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  async function half(): Promise<{ readonly t: BusTest; readonly member: TestMember }> {
    const t = await troubled.bus()
    await t.start({ permits: {}, hours: {} })
    const both = await t.join(group, ['permits', 'hours'])
    await t.publishAll('permits', [1])
    await t.publishAll('hours', [2])
    await both.done(...(await both.take(2)))
    const member = await join(t)
    both.membership.leave()
    return { t, member }
  }

  it('sends again what is taken, and names no other topic', async () => {
    const { t, member } = await half()
    const { topics } = await t.bus.operations.replay(group, { since: 'all' })
    expect(topics).toEqual(['permits'])
    await expectInOrder(member, [1])
    await eventually(async () => t.bus.operations.replays()[0]?.state === 'done', 'the replay to end')
  })

  it('fails when that topic was asked for', async () => {
    const { t } = await half()
    await t.bus.operations.replay(group, { since: 'all', topics: ['permits', 'hours'] })
    await eventually(async () => t.bus.operations.replays()[0]?.state !== 'running', 'the replay to end')
    expect(t.bus.operations.replays()[0]).toMatchObject({ state: 'failed', reason: expect.stringContaining('nobody takes part in it') })
  })
})

async function expectInOrder(member: TestMember, order: readonly number[]): Promise<void> {
  for (const n of order) {
    const delivery = await member.next()
    expect(numbers([delivery])).toEqual([n])
    await member.done(delivery)
  }
}

/** What does not wait is through with the store when this is. */
async function someRounds(t: BusTest): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await letters(t)
    await t.publish('hours', { n: round })
  }
}
