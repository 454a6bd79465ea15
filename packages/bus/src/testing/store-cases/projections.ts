import assert from 'node:assert/strict'
import type { ProjectionCursor, Segment } from '../../store/store.js'
import type { StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

export const projectionCases: readonly Case<StoreBench>[] = [
  {
    name: 'gives a projection’s cursor back, the last one committed',
    async run(bench) {
      await bench.commit({ kind: 'projection', cursor: cursor({ next: [1n] }) })
      const last = cursor({ incarnation: 'inc-2', next: [0n, 7n, 2n ** 63n - 1n] })
      await bench.commit({ kind: 'projection', cursor: last })
      assert.deepEqual(await bench.store.projectionCursor('dedupe', 'permits'), last)
      assert.equal(await bench.store.projectionCursor('dedupe', 'hours'), null)
      assert.equal(await bench.store.projectionCursor('records', 'permits'), null)
    },
  },
  {
    name: 'yields segments in order of number, from the asked one on',
    async run(bench) {
      for (const number of [2, 0, 10, 1, 9]) await bench.commit({ kind: 'projection', cursor: cursor(), segment: segment(number) })
      assert.deepEqual(
        await bench.segments('dedupe', 'permits', 0),
        [0, 1, 2, 9, 10].map((number) => segment(number)),
      )
      assert.deepEqual(
        await bench.segments('dedupe', 'permits', 2),
        [2, 9, 10].map((number) => segment(number)),
      )
      assert.deepEqual(await bench.segments('dedupe', 'permits', 11), [])
    },
  },
  {
    name: 'keeps the last bytes of a segment, whatever they are',
    async run(bench) {
      const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
      await bench.commit({ kind: 'projection', cursor: cursor(), segment: segment(0) })
      await bench.commit({ kind: 'projection', cursor: cursor(), segment: { number: 0, bytes } })
      await bench.commit({ kind: 'projection', cursor: cursor(), segment: { number: 1, bytes: new Uint8Array(0) } })
      assert.deepEqual(await bench.segments('dedupe', 'permits', 0), [
        { number: 0, bytes },
        { number: 1, bytes: new Uint8Array(0) },
      ])
    },
  },
  {
    name: 'drops the segments below a number, of one projection and topic alone',
    async run(bench) {
      for (const number of [0, 1, 2]) await bench.commit({ kind: 'projection', cursor: cursor(), segment: segment(number) })
      await bench.commit({ kind: 'projection', cursor: cursor({ topic: 'hours' }), segment: segment(0) })
      await bench.commit({ kind: 'segments_dropped', projection: 'dedupe', topic: 'permits', below: 2 })
      assert.deepEqual(await bench.segments('dedupe', 'permits', 0), [segment(2)])
      assert.deepEqual(await bench.segments('dedupe', 'hours', 0), [segment(0)])
    },
  },
  {
    name: 'commits a segment and the cursor behind it together',
    async run(bench) {
      for (let i = 0; i < 20; i++)
        await bench.commit({ kind: 'projection', cursor: cursor({ next: [BigInt(i + 1)] }), segment: segment(i) })
      await bench.reopen()
      assert.deepEqual((await bench.store.projectionCursor('dedupe', 'permits'))?.next, [20n])
      assert.equal((await bench.segments('dedupe', 'permits', 0)).length, 20)
    },
  },
  {
    name: 'keeps documents by name, the last text of each',
    async run(bench) {
      const text = JSON.stringify({ topics: ['städt 🏛', '\u0000', 'x'.repeat(200_000)] })
      await bench.commit({ kind: 'document', name: 'registry', text: 'old' }, { kind: 'document', name: 'other', text: '' })
      await bench.commit({ kind: 'document', name: 'registry', text })
      assert.equal(await bench.store.document('registry'), text)
      assert.equal(await bench.store.document('other'), '')
      assert.equal(await bench.store.document('missing'), null)
    },
  },
]

function cursor(also: Partial<ProjectionCursor> = {}): ProjectionCursor {
  return { projection: 'dedupe', topic: 'permits', incarnation: 'inc-1', next: [5n], ...also }
}

function segment(number: number): Segment {
  return { number, bytes: Uint8Array.of(number, 0, 255, number) }
}
