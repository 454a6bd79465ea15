import assert from 'node:assert/strict'
import { again, type SinkBench, verdictOf } from '../sink-bench.js'
import type { Case } from '../suite.js'
import { type Trouble, type TroubleName, troubles } from '../troubles.js'

/**
 * One case a trouble: a delivery meets it, the trouble passes, the delivery comes again. The outcome must be one that is
 * allowed, and true: `done` only when the system holds the event, `retry` and `refused` only when it does not.
 */
export const troubleCases: readonly Case<SinkBench>[] = [
  ...(Object.entries(troubles) as [TroubleName, Trouble][]).map(([name, trouble]) => caseOf(name, trouble)),
  {
    name: 'holds nothing twice and nothing too little when half of a batch meets trouble',
    skip: ({ sink, harness }) =>
      sink.maxBatch === 1 ? 'the sink takes one delivery a call' : impossible(harness.troubles.full) && impossible(harness.troubles.locked),
    async run(bench) {
      const { harness } = bench
      const before = bench.deliveries(2, (i) => ({ key: `before-${i}` }))
      await bench.applyAll(before)
      await enter(bench, impossible(harness.troubles.full) === null ? 'full' : 'locked')
      const batch = bench.deliveries(Math.min(6, bench.sink.maxBatch))
      const outcomes = await bench.apply(batch)
      await harness.mend()
      for (const [i, outcome] of outcomes.entries()) await expectTrue(bench, batch[i]!, outcome.outcome)
      await bench.applyAll(batch.map(again))
      await bench.expectEffects(...before, ...batch)
    },
  },
]

function caseOf(name: TroubleName, trouble: Trouble): Case<SinkBench> {
  return {
    name: `tells the truth when it ${trouble.says}, and gets through afterwards`,
    skip: ({ harness }) => impossible(harness.troubles[name]),
    async run(bench) {
      // A first one, so that a connection stands.
      const before = bench.delivery({ key: 'before' })
      await bench.applyAll([before])
      await enter(bench, name)
      const delivery = bench.delivery({ key: 'k-trouble' })
      const outcome = await bench.send(delivery)
      const verdict = verdictOf(outcome)
      assert.ok(trouble.allows.includes(verdict), `${verdict} is none of ${trouble.allows.join(', ')}: ${JSON.stringify(outcome)}`)
      if (trouble.retryAfterMs !== undefined)
        assert.equal(outcome.outcome === 'retry' ? outcome.retryAfterMs : undefined, trouble.retryAfterMs)
      await bench.harness.mend()
      await expectTrue(bench, delivery, outcome.outcome)
      if (outcome.outcome !== 'done') await bench.applyAll([again(delivery)])
      const times = await bench.timesApplied(delivery)
      if (bench.sink.effect === 'at_least_once') assert.ok(times === 1 || times === 2, `it took effect ${times} times`)
      else assert.equal(times, 1, `it took effect ${times} times`)
      assert.equal(await bench.timesApplied(before), 1)
    },
  }
}

/** What the sink said of the delivery is so. */
async function expectTrue(bench: SinkBench, delivery: Parameters<SinkBench['timesApplied']>[0], outcome: string): Promise<void> {
  const times = await bench.timesApplied(delivery)
  if (outcome === 'done') assert.equal(times, 1, 'it said done, and the system does not hold the event once')
  if (outcome === 'retry' || outcome === 'refused') assert.equal(times, 0, `it said ${outcome}, and the system holds the event`)
}

async function enter({ harness }: SinkBench, name: TroubleName): Promise<void> {
  const trouble = harness.troubles[name]
  assert(typeof trouble === 'function')
  await trouble()
}

function impossible(trouble: SinkBench['harness']['troubles'][TroubleName]): string | null {
  return typeof trouble === 'function' ? null : trouble.impossible
}
