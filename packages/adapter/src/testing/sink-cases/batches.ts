import assert from 'node:assert/strict'
import { badText, type SinkBench, verdictOf } from '../sink-bench.js'
import type { Case } from '../suite.js'

const alone = ({ sink }: SinkBench): string | null => (sink.maxBatch === 1 ? 'the sink takes one delivery a call' : null)

/** Large enough that a batch is a batch, small enough for a suite. */
function batchSize({ sink }: SinkBench): number {
  return Math.min(sink.maxBatch, 12)
}

export const batchCases: readonly Case<SinkBench>[] = [
  {
    name: 'answers no outcomes to no deliveries',
    async run(bench) {
      assert.deepEqual(await bench.apply([]), [])
      await bench.expectEffects()
    },
  },
  {
    name: 'applies a batch in its order, with one outcome for each',
    skip: alone,
    async run(bench) {
      const batch = bench.deliveries(batchSize(bench), (i) => ({ key: `k-${i % 3}`, text: `state ${i}` }))
      const outcomes = await bench.apply(batch)
      assert.deepEqual(
        outcomes.map(verdictOf),
        batch.map(() => 'done'),
      )
      await bench.expectEffects(...batch)
    },
  },
  {
    name: 'applies the largest batch that it says it takes',
    skip: alone,
    async run(bench) {
      const batch = bench.deliveries(bench.sink.maxBatch)
      for (const outcome of await bench.apply(batch)) assert.equal(verdictOf(outcome), 'done', JSON.stringify(outcome))
      await bench.expectEffects(...batch)
    },
  },
  {
    name: 'refuses the one bad row of a batch alone, at its place',
    skip: (bench) => alone(bench) ?? (bench.harness.refusesBadText === true ? null : bench.harness.refusesBadText.impossible),
    async run(bench) {
      const size = batchSize(bench)
      for (const bad of [0, Math.floor(size / 2), size - 1]) {
        const batch = bench.deliveries(size, (i) => ({ key: `k-${bad}-${i}`, ...(i === bad ? { text: badText } : {}) }))
        const before = await bench.harness.effects()
        const outcomes = await bench.apply(batch)
        assert.deepEqual(
          outcomes.map(verdictOf),
          batch.map((_, i) => (i === bad ? 'refused' : 'done')),
        )
        const applied = (await bench.harness.effects()).slice(before.length).map(({ ref }) => ref)
        assert.deepEqual(
          applied.sort(),
          batch
            .filter((_, i) => i !== bad)
            .map(({ event }) => event.id)
            .sort(),
        )
      }
    },
  },
  {
    name: 'applies what comes twice in one batch as often as its effect says',
    skip: alone,
    async run(bench) {
      const [first, second] = bench.deliveries(2)
      const outcomes = await bench.apply([first!, second!, first!])
      assert.deepEqual(outcomes.map(verdictOf), ['done', 'done', 'done'])
      assert.equal(await bench.timesApplied(second!), 1)
      if (bench.sink.effect !== 'at_least_once') assert.equal(await bench.timesApplied(first!), 1)
    },
  },
]
