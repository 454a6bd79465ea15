import { afterEach, describe, expect, it } from 'vitest'
import { numbers } from '#dist/testing/bus-test.js'
import { TroubledStorage } from '../../troubled-storage.js'

describe('a group whose reading fails', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  it('goes on behind what it has read, and what is in flight stays in flight', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const all = Array.from({ length: 700 }, (_, i) => i + 1)
    await t.publishAll('permits', all)
    await t.restart()
    let failures = 0
    troubled.readFault = (batch) => (batch.events[0]!.offset > 1n && failures++ === 0 ? new Error('the disk hiccups') : null)
    const group = await t.join('clinic', ['permits'], { from: 'all' })
    const first = await group.take(1)
    await group.until(() => t.said.some((line) => line.includes('ended by a fault')))
    t.clock.advance(1_000)
    const rest = await group.take(699)
    expect(numbers([...first, ...rest])).toEqual(all)
    expect(new Set(await group.done(...first, ...rest))).toEqual(new Set(['ok']))
    expect(group.waiting).toBe(0)
    expect((await t.bus.group('clinic')).topics[0]).toMatchObject({ lag: 0, inFlight: 0 })
  })
})

describe('a group whose store takes nothing', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  it('goes on by itself when the store does, with what was asked for meanwhile', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    await t.publishAll(
      'permits',
      Array.from({ length: 2_600 }, (_, i) => i),
    )
    const group = await t.join('clinic', ['permits'], { from: 'all', want: 2_500, policy: { target: {} } })
    const first = await group.take(2_500)
    let isMended = false
    troubled.commitFault = () => (isMended ? null : new Error('the disk is full'))
    // More dead letters than may wait for the store.
    const settled = first.map((delivery) => group.settle(delivery, { outcome: 'refused', reason: 'no' }).catch(() => {}))
    await group.until(() => t.said.some((line) => line.includes('could not be written')))
    group.membership.ready(100)
    expect(group.waiting).toBe(0)
    isMended = true
    t.clock.advance(1_000)
    await group.take(100)
    await Promise.all(settled)
  })
})
