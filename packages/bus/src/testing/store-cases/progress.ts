import assert from 'node:assert/strict'
import { maxAheadRanges, type Range } from '../../store/store.js'
import { progress, retry, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

const huge = 2n ** 63n - 1n

export const progressCases: readonly Case<StoreBench>[] = [
  {
    name: 'holds nothing at first',
    async run(bench) {
      await bench.expectProgress()
      await bench.expectRetries()
      assert.equal(await bench.store.projectionCursor('dedupe', 'permits'), null)
      assert.deepEqual(await bench.segments('dedupe', 'permits', 0), [])
      assert.equal(await bench.store.document('registry'), null)
    },
  },
  {
    name: 'gives progress back as it was committed, with offsets up to 2^63',
    async run(bench) {
      const one = progress({ cursor: 0n })
      const other = progress({
        group: 'städt',
        cursor: huge - 10n,
        ahead: [
          { first: huge - 8n, last: huge - 8n },
          { first: huge - 5n, last: huge },
        ],
      })
      await bench.commit({ kind: 'progress', progress: one }, { kind: 'progress', progress: other })
      await bench.expectProgress(one, other)
    },
  },
  {
    name: 'keeps the last progress of a group in a partition',
    async run(bench) {
      await bench.commit({ kind: 'progress', progress: progress({ cursor: 10n, ahead: [{ first: 12n, last: 14n }] }) })
      await bench.commit({ kind: 'progress', progress: progress({ cursor: 15n }) })
      await bench.expectProgress(progress({ cursor: 15n }))
      await bench.commit(
        { kind: 'progress', progress: progress({ cursor: 16n }) },
        { kind: 'progress', progress: progress({ cursor: 17n }) },
      )
      await bench.expectProgress(progress({ cursor: 17n }))
    },
  },
  {
    name: 'lets progress go back, for a seek, and change its incarnation',
    async run(bench) {
      await bench.commit({ kind: 'progress', progress: progress({ cursor: 500n }) })
      const back = progress({ cursor: 3n, incarnation: 'inc-2' })
      await bench.commit({ kind: 'progress', progress: back })
      await bench.expectProgress(back)
    },
  },
  {
    name: 'keeps groups, topics and partitions apart',
    async run(bench) {
      const all = ['clinic', 'payroll'].flatMap((group) =>
        ['permits', 'hours'].flatMap((topic) =>
          [0, 1, 2].map((partition) => progress({ group, topic, partition, cursor: BigInt(partition + topic.length) })),
        ),
      )
      await bench.commit(...all.map((one) => ({ kind: 'progress', progress: one }) as const))
      await bench.expectProgress(...all)
    },
  },
  {
    name: 'gives back every one of 1,500 progress rows',
    async run(bench) {
      const all = Array.from({ length: 1_500 }, (_, i) =>
        progress({ group: `g${i % 100}`, partition: Math.floor(i / 100), cursor: BigInt(i) }),
      )
      await bench.commit(...all.map((one) => ({ kind: 'progress', progress: one }) as const))
      await bench.expectProgress(...all)
    },
  },
  {
    name: 'keeps the largest finished-ahead set over a restart',
    async run(bench) {
      const one = progress({ cursor: 10n, ahead: ranges(maxAheadRanges) })
      await bench.commit({ kind: 'progress', progress: one })
      await bench.reopen()
      await bench.expectProgress(one)
    },
  },
  {
    name: 'commits all changes or none',
    async run(bench) {
      const before = progress()
      await bench.commit({ kind: 'progress', progress: before })
      const tooMany = progress({ group: 'payroll', ahead: ranges(maxAheadRanges + 1) })
      await assert.rejects(
        bench.store.commit([
          { kind: 'progress', progress: progress({ cursor: 99n }) },
          { kind: 'retry', retry: retry() },
          { kind: 'progress', progress: tooMany },
        ]),
      )
      await bench.expectProgress(before)
      await bench.expectRetries()
    },
  },
  {
    name: 'commits in the order of calls that do not wait for one another',
    async run(bench) {
      await Promise.all(
        Array.from({ length: 200 }, (_, i) => bench.commit({ kind: 'progress', progress: progress({ cursor: BigInt(i) }) })),
      )
      await bench.expectProgress(progress({ cursor: 199n }))
    },
  },
  {
    name: 'ends what a group is owed on one topic',
    async run(bench) {
      const others = [progress({ topic: 'hours' }), progress({ group: 'payroll' })]
      await bench.commit(
        { kind: 'progress', progress: progress() },
        { kind: 'progress', progress: progress({ partition: 1 }) },
        ...others.map((one) => ({ kind: 'progress', progress: one }) as const),
        { kind: 'retry', retry: retry() },
        { kind: 'retry', retry: retry({ topic: 'hours' }) },
      )
      await bench.commit({ kind: 'group_deleted', group: 'clinic', topic: 'permits' })
      await bench.expectProgress(...others)
      await bench.expectRetries()
      assert.deepEqual(await bench.store.retries('clinic', 'hours', 0), [retry({ topic: 'hours' })])
    },
  },
  {
    name: 'ends what a group is owed on all topics, and the group can start anew',
    async run(bench) {
      const other = progress({ group: 'payroll' })
      await bench.commit(
        { kind: 'progress', progress: progress({ cursor: 50n }) },
        { kind: 'progress', progress: progress({ topic: 'hours' }) },
        { kind: 'progress', progress: other },
        { kind: 'retry', retry: retry() },
        { kind: 'retry', retry: retry({ group: 'payroll' }) },
      )
      await bench.commit({ kind: 'group_deleted', group: 'clinic' })
      await bench.expectProgress(other)
      await bench.expectRetries()
      assert.equal((await bench.store.retries('payroll', 'permits', 0)).length, 1)
      await bench.commit({ kind: 'group_deleted', group: 'clinic' }, { kind: 'progress', progress: progress({ cursor: 1n }) })
      await bench.expectProgress(other, progress({ cursor: 1n }))
    },
  },
]

/** Ranges of one to three offsets, apart. */
function ranges(count: number): Range[] {
  return Array.from({ length: count }, (_, i) => ({ first: 12n + BigInt(i) * 5n, last: 12n + BigInt(i) * 5n + BigInt(i % 3) }))
}
