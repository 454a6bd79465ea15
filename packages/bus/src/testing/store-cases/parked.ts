import assert from 'node:assert/strict'
import type { MostKeys, ParkedEvent } from '../../store/failures.js'
import { deadLetter, parkedEvent, progress, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

const huge = 2n ** 62n
const place = ['clinic', 'permits', 0] as const
const most: MostKeys = { open: 100, parked: 100 }

export const parkedCases: readonly Case<StoreBench>[] = [
  {
    name: 'gives parked events of a key back by offset, as numbers order them, from the asked one on',
    async run(bench) {
      const offsets = [100n, 9n, huge + 1n, 10n, huge, 99n]
      await park(bench, ...offsets.map((offset) => parkedEvent({ offset })))
      assert.deepEqual(await bench.offsets('K-1', 0n, 100), [9n, 10n, 99n, 100n, huge, huge + 1n])
      assert.deepEqual(await bench.offsets('K-1', 10n, 100), [10n, 99n, 100n, huge, huge + 1n])
      assert.deepEqual(await bench.offsets('K-1', 11n, 2), [99n, 100n])
      assert.deepEqual(await bench.offsets('K-1', huge + 1n, 100), [huge + 1n])
      assert.deepEqual(await bench.offsets('K-1', huge + 2n, 100), [])
      assert.deepEqual(await bench.offsets('K-1', 0n, 0), [])
    },
  },
  {
    name: 'gives a parked event back whole, however large',
    async run(bench) {
      const events = [1n, 2n, 3n].map((offset) =>
        parkedEvent({ offset, event: `e-${offset}`, wire: JSON.stringify({ payload: `${offset} 🏛`.repeat(200_000) }) }),
      )
      await park(bench, ...events)
      assert.deepEqual(await bench.store.parked(...place, 'K-1', 0n, 3), events)
      assert.deepEqual(await bench.store.parked(...place, 'K-1', 2n, 1), [events[1]])
    },
  },
  {
    name: 'gives back every one of 1,300 parked events of a key among others',
    async run(bench) {
      const all = Array.from({ length: 1_300 }, (_, i) => BigInt(i * 2))
      await park(bench, ...all.flatMap((offset) => [parkedEvent({ offset }), parkedEvent({ offset: offset + 1n, key: 'K-2' })]))
      assert.deepEqual(await bench.offsets('K-1', 0n, 10_000), all)
      assert.deepEqual(await bench.offsets('K-1', 0n, 600), all.slice(0, 600))
    },
  },
  {
    name: 'lets go of one parked event, and minds no other',
    async run(bench) {
      const others = [{ group: 'payroll' }, { topic: 'hours' }, { partition: 1 }]
      await park(bench, parkedEvent(), parkedEvent({ offset: 11n }), ...others.map((other) => parkedEvent(other)))
      const unparked = { kind: 'unparked', group: 'clinic', topic: 'permits', partition: 0, offset: 10n } as const
      assert.equal(await bench.store.isParked('clinic', parkedEvent()), true)
      await bench.commit(unparked)
      await bench.commit(unparked)
      assert.equal(await bench.store.isParked('clinic', parkedEvent()), false)
      assert.equal(await bench.store.isParked('clinic', parkedEvent({ offset: 11n })), true)
      assert.equal(await bench.store.isParked('payroll', parkedEvent({ offset: 11n })), false)
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [11n])
      for (const { group, topic, partition } of others.map((other) => parkedEvent(other)))
        assert.equal((await bench.store.parked(group, topic, partition, 'K-1', 0n, 10)).length, 1)
    },
  },
  {
    name: 'drops the parked events of one group in one partition from an offset on, whatever their key, and minds no other',
    async run(bench) {
      const others = [{ group: 'payroll' }, { topic: 'hours' }, { partition: 1 }]
      await park(
        bench,
        ...[9n, huge - 1n, huge, huge + 1n].map((offset) => parkedEvent({ offset })),
        parkedEvent({ offset: huge + 2n, key: 'K-2' }),
        ...others.map((other) => parkedEvent({ offset: huge, ...other })),
      )
      const dropped = { kind: 'parked_dropped', group: 'clinic', topic: 'permits', partition: 0, from: huge } as const
      await bench.commit(dropped)
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [9n, huge - 1n])
      assert.deepEqual(await bench.offsets('K-2', 0n, 10), [])
      for (const { group, topic, partition } of others.map((other) => parkedEvent(other)))
        assert.equal((await bench.store.parked(group, topic, partition, 'K-1', 0n, 10)).length, 1)
      await bench.commit(dropped, { kind: 'parked', event: parkedEvent({ offset: huge }) })
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [9n, huge - 1n, huge])
      await bench.commit({ ...dropped, from: 0n })
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [])
    },
  },
  {
    name: 'says what stands in the way of a group in a partition: open keys, parked keys, redriven letters',
    async run(bench) {
      const redriving = [5, 6].map((number) => deadLetter({ number, offset: BigInt(number), key: 'K-3', state: 'redriving' }))
      const letters = [
        deadLetter({ number: 1, offset: huge }),
        deadLetter({ number: 2, offset: 9n }),
        deadLetter({ number: 3, offset: 10n, key: 'Ä' }),
        deadLetter({ number: 4, offset: 11n, key: 'K-2', state: 'done' }),
        ...redriving,
        deadLetter({ number: 7, offset: 12n, key: null }),
        ...[{ group: 'payroll' }, { topic: 'hours' }, { partition: 1 }].map((other, i) =>
          deadLetter({ number: 8 + i, key: 'other', ...other }),
        ),
      ]
      await bench.commit(...letters.map((letter) => ({ kind: 'dead_letter', letter }) as const))
      await park(
        bench,
        parkedEvent({ offset: 20n }),
        parkedEvent({ offset: 21n }),
        parkedEvent({ offset: 22n, key: 'Ä' }),
        parkedEvent({ offset: 23n, key: 'other', partition: 1 }),
      )
      assert.deepEqual(await bench.store.openFailures(...place, most), {
        openKeys: [
          { key: 'K-1', offset: huge },
          { key: 'Ä', offset: 10n },
        ],
        moreOpenKeys: false,
        parked: [
          { key: 'K-1', count: 2 },
          { key: 'Ä', count: 1 },
        ],
        moreParkedKeys: false,
        redriving,
      })
      assert.deepEqual(await bench.store.openFailures('nobody', 'permits', 0, most), {
        openKeys: [],
        moreOpenKeys: false,
        parked: [],
        moreParkedKeys: false,
        redriving: [],
      })
    },
  },
  {
    name: 'names at most so many open keys as asked for, and says that there are more',
    async run(bench) {
      const keyOf = (i: number) => `K-${String(i).padStart(6, '0')}`
      const letters = Array.from({ length: 2_001 }, (_, i) => deadLetter({ number: i + 1, offset: BigInt(i), key: keyOf(i) }))
      await bench.commit(...letters.map((letter) => ({ kind: 'dead_letter', letter }) as const))
      const more = await bench.store.openFailures(...place, { open: 2_000, parked: 0 })
      assert.equal(more.moreOpenKeys, true)
      assert.deepEqual(
        more.openKeys,
        letters.slice(0, 2_000).map(({ key, offset }) => ({ key, offset })),
      )
      await bench.commit({ kind: 'dead_letter_state', number: 1, state: 'done' })
      const { openKeys, moreOpenKeys } = await bench.store.openFailures(...place, { open: 2_000, parked: 0 })
      assert.deepEqual([openKeys.length, openKeys[0]?.key, openKeys.at(-1)?.key, moreOpenKeys], [2_000, keyOf(1), keyOf(2_000), false])
    },
  },
  {
    name: 'names at most so many parked keys as asked for, each with all its events, and says that there are more',
    async run(bench) {
      const keyOf = (i: number) => `K-${String(i).padStart(6, '0')}`
      const events = Array.from({ length: 1_402 }, (_, i) => parkedEvent({ offset: BigInt(i), key: keyOf(i % 701) }))
      await park(bench, ...events)
      const some = await bench.store.openFailures(...place, { open: 0, parked: 700 })
      assert.deepEqual(
        some.parked,
        Array.from({ length: 700 }, (_, i) => ({ key: keyOf(i), count: 2 })),
      )
      assert.equal(some.moreParkedKeys, true)
      const all = await bench.store.openFailures(...place, { open: 0, parked: 701 })
      assert.deepEqual([all.parked.length, all.moreParkedKeys], [701, false])
    },
  },
  {
    name: 'deletes the parked events of a group on one topic, or on all, and of no other group',
    async run(bench) {
      await park(bench, parkedEvent(), parkedEvent({ topic: 'hours' }), parkedEvent({ group: 'payroll' }))
      await bench.commit({ kind: 'retries_dropped', group: 'clinic', topic: 'permits' })
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [10n])
      await bench.commit({ kind: 'group_deleted', group: 'clinic', topic: 'permits' })
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [])
      assert.equal((await bench.store.parked('clinic', 'hours', 0, 'K-1', 0n, 10)).length, 1)
      await bench.commit({ kind: 'group_deleted', group: 'clinic' })
      assert.deepEqual((await bench.store.openFailures('clinic', 'hours', 0, most)).parked, [])
      assert.equal((await bench.store.parked('payroll', 'permits', 0, 'K-1', 0n, 10)).length, 1)
    },
  },
  {
    name: 'writes a failure and the progress behind it together, or neither',
    async run(bench) {
      const tooMany = progress({
        ahead: Array.from({ length: 10_001 }, (_, i) => ({ first: BigInt(i * 5 + 12), last: BigInt(i * 5 + 12) })),
      })
      const letter = deadLetter()
      await assert.rejects(
        bench.store.commit([
          { kind: 'dead_letter', letter },
          { kind: 'parked', event: parkedEvent({ offset: 11n }) },
          { kind: 'progress', progress: tooMany },
        ]),
      )
      assert.deepEqual(await bench.store.deadLetters({}, 10), [])
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [])
      const moved = progress({ cursor: 12n })
      await bench.commit(
        { kind: 'dead_letter', letter },
        { kind: 'parked', event: parkedEvent({ offset: 11n }) },
        { kind: 'progress', progress: moved },
      )
      assert.deepEqual(await bench.store.deadLetters({}, 10), [letter])
      assert.deepEqual(await bench.offsets('K-1', 0n, 10), [11n])
      await bench.expectProgress(moved)
    },
  },
  {
    name: 'has after an abrupt end the failures that were committed, each with its progress',
    skip: (bench) => bench.cannotCrash,
    async run(bench) {
      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          bench.commit(
            { kind: 'dead_letter', letter: deadLetter({ number: i + 1, offset: BigInt(i * 2) }) },
            { kind: 'parked', event: parkedEvent({ offset: BigInt(i * 2 + 1) }) },
            { kind: 'progress', progress: progress({ cursor: BigInt(i * 2 + 2) }) },
          ),
        ),
      )
      await bench.commit({ kind: 'unparked', group: 'clinic', topic: 'permits', partition: 0, offset: 1n })
      await bench.crash()
      await bench.expectProgress(progress({ cursor: 120n }))
      assert.equal(await bench.store.countDeadLetters({ state: 'open' }), 60)
      assert.equal(await bench.store.lastDeadLetter(), 60)
      assert.deepEqual(
        await bench.offsets('K-1', 0n, 100),
        Array.from({ length: 59 }, (_, i) => BigInt(i * 2 + 3)),
      )
    },
  },
]

async function park(bench: StoreBench, ...events: readonly ParkedEvent[]): Promise<void> {
  await bench.commit(...events.map((event) => ({ kind: 'parked', event }) as const))
}
