import { afterEach, describe, expect, it } from 'vitest'
import type { BusTest, TestMember } from '#dist/testing/bus-test.js'
import { numbers } from '#dist/testing/bus-test.js'
import { breakFirst, eventually, group, join, letters } from '#dist/testing/failing-bench.js'
import { TroubledStorage } from '../../troubled-storage.js'

describe('parked events that cannot be read when their key goes on', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  /** Reads of parked events fail from now on. Answers how many did. */
  function fail(): () => number {
    let reads = 0
    troubled.parkedFault = () => {
      reads++
      return new Error('the disk hiccups')
    }
    return () => reads
  }

  /** A key with two parked events goes on, and they cannot be read. */
  async function stuck(): Promise<{ readonly t: BusTest; readonly member: TestMember; readonly reads: () => number }> {
    const t = await troubled.bus()
    await t.start({ permits: { onFailure: 'park' } })
    const member = await join(t)
    const letter = await breakFirst(t, member)
    await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
    const reads = fail()
    await t.bus.operations.skipDeadLetters({ ids: [letter.id] })
    await passUntil(t, () => reads() > 1)
    return { t, member, reads }
  }

  it('are read again until they can be, and the reason is shown', async () => {
    const { t, member } = await stuck()
    expect((await t.bus.group(group)).topics[0]?.lastError?.reason).toBe('the disk hiccups')
    troubled.parkedFault = () => null
    await passUntil(t, () => member.waiting > 0)
    for (const n of [2, 3]) {
      const delivery = await member.next()
      expect(numbers([delivery])).toEqual([n])
      await member.done(delivery)
    }
    await t.publishAll('permits', [4], () => 'k')
    expect(numbers([await member.next()])).toEqual([4])
  })

  it('are fetched for some keys at once, and for the others when those have gone on', async () => {
    const keys = 200
    const t = await troubled.bus()
    await t.start({ permits: { onFailure: 'park' } })
    const member = await join(t)
    const key = (n: number) => `k${n % keys}`
    const all = Array.from({ length: 2 * keys }, (_, n) => n)
    await t.publishAll('permits', all.slice(0, keys), key)
    for (const delivery of await member.take(keys)) await member.settle(delivery, { outcome: 'refused', reason: 'no' })
    await t.publishAll('permits', all.slice(keys), key)
    await eventually(async () => (await t.bus.group(group)).topics[0]?.parked === keys, 'all keys parked')
    const reads = fail()
    await t.bus.operations.skipDeadLetters({ group })
    await eventually(async () => reads() > 0, 'a read')
    expect(reads()).toBeLessThanOrEqual(64)
    troubled.parkedFault = () => null
    const seen: number[] = []
    while (seen.length < keys) {
      // No second more than it takes: what waits to be taken here must not run out of its time.
      if (member.waiting === 0) await passUntil(t, () => member.waiting > 0)
      const delivery = await member.next()
      seen.push(...numbers([delivery]))
      await member.done(delivery)
    }
    expect(seen.sort((a, b) => a - b)).toEqual(all.slice(keys))
  })

  it.each<{ readonly why: string; readonly end: (t: BusTest, member: TestMember) => unknown }>([
    { why: 'nobody takes them any more', end: (_t, member) => member.membership.leave() },
    { why: 'their group is deleted', end: (t) => t.bus.deleteGroup(group) },
  ])('are not looked for any more when $why', async ({ end }) => {
    const { t, member, reads } = await stuck()
    await end(t, member)
    const before = reads()
    for (let second = 0; second < 5; second++) await pass(t)
    expect(reads()).toBe(before)
  })

  it('are not looked for while nobody is there to take them', async () => {
    const t = await troubled.bus()
    await t.start({ permits: { onFailure: 'park' } })
    const member = await join(t)
    const letter = await breakFirst(t, member)
    await eventually(async () => (await letters(t))[0]?.parked === 2, 'two parked events')
    member.membership.leave()
    const reads = fail()
    await t.bus.operations.skipDeadLetters({ ids: [letter.id] })
    for (let second = 0; second < 5; second++) await pass(t)
    expect(reads()).toBe(0)
    troubled.parkedFault = () => null
    const later = await join(t)
    const first = await later.next()
    await later.done(first)
    expect(numbers([first, await later.next()])).toEqual([2, 3])
  })
})

/** A second goes by, and what it brings about. */
async function pass(t: BusTest): Promise<void> {
  t.clock.advance(1_000)
  await new Promise((resolve) => setImmediate(resolve))
}

async function passUntil(t: BusTest, condition: () => boolean): Promise<void> {
  await eventually(async () => {
    await pass(t)
    return condition()
  }, 'what comes with time')
}
