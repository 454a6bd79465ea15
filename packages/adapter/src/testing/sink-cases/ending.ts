import assert from 'node:assert/strict'
import { again, type SinkBench } from '../sink-bench.js'
import { type Case, within } from '../suite.js'

/** How soon is "soon after". */
const soonMs = 2_000

const cannotHang = ({ harness }: SinkBench): string | null =>
  typeof harness.troubles.hangs === 'function' ? null : harness.troubles.hangs.impossible

export const endingCases: readonly Case<SinkBench>[] = [
  {
    name: 'begins nothing when it was told to stop before',
    async run(bench) {
      const delivery = bench.delivery()
      const outcome = await within(bench.send(delivery, AbortSignal.abort()), soonMs, 'an outcome after the signal')
      assert.notEqual(outcome.outcome, 'refused', 'a stop is not the event’s fault')
      const times = await bench.timesApplied(delivery)
      assert.equal(times, outcome.outcome === 'done' ? 1 : 0)
    },
  },
  {
    name: 'ends soon when it is told to stop meanwhile, and does not call it the event’s fault',
    skip: cannotHang,
    async run(bench) {
      const { hangs } = bench.harness.troubles
      assert(typeof hangs === 'function')
      await hangs()
      const stop = new AbortController()
      const delivery = bench.delivery()
      const sending = bench.send(delivery, stop.signal)
      setTimeout(() => stop.abort(), Math.min(50, bench.sink.timeoutMs / 4))
      const outcome = await within(sending, Math.min(soonMs, bench.sink.timeoutMs + soonMs / 2), 'an outcome after the signal')
      assert.ok(['retry', 'unknown'].includes(outcome.outcome), JSON.stringify(outcome))
      await bench.harness.mend()
      await bench.applyAll([again(delivery)])
      assert.ok((await bench.timesApplied(delivery)) >= 1)
    },
  },
  {
    name: 'can be closed twice, also at once',
    async run({ sink }) {
      await within(Promise.all([sink.close(), sink.close()]), soonMs, 'two closes')
      await within(sink.close(), soonMs, 'a third')
    },
  },
  {
    name: 'can be closed while it works, and answers what it was asked',
    skip: cannotHang,
    async run(bench) {
      const { hangs } = bench.harness.troubles
      assert(typeof hangs === 'function')
      await hangs()
      const sending = bench.send(bench.delivery())
      await within(bench.sink.close(), soonMs, 'close')
      const outcome = await within(sending, bench.sink.timeoutMs + soonMs, 'an outcome after close')
      assert.ok(['retry', 'unknown'].includes(outcome.outcome), JSON.stringify(outcome))
      await bench.harness.mend()
    },
  },
  {
    name: 'does not throw and applies nothing unsaid when it is used after its end',
    async run(bench) {
      await bench.sink.close()
      const delivery = bench.delivery()
      const outcome = await bench.send(delivery)
      assert.notEqual(outcome.outcome, 'refused', 'an ended sink is not the event’s fault')
      assert.equal(await bench.timesApplied(delivery), outcome.outcome === 'done' ? 1 : 0)
    },
  },
  {
    name: 'has made durable what it called done',
    async run(bench) {
      const deliveries = bench.deliveries(3)
      await bench.applyAll(deliveries)
      await bench.reopen()
      await bench.expectEffects(...deliveries)
    },
  },
]
