import assert from 'node:assert/strict'
import type { SinkBench } from '../sink-bench.js'
import { type Case, within } from '../suite.js'

const never = new AbortController().signal
const patienceMs = 10_000

const noProbe = ({ sink }: SinkBench): string | null => (sink.probe === undefined ? 'the sink cannot be asked what took effect' : null)
const noRead = ({ sink }: SinkBench): string | null => (sink.read === undefined ? 'the sink cannot read the system' : null)
const noDescription = ({ sink }: SinkBench): string | null =>
  sink.describe === undefined ? 'the sink does not describe what it would send' : null

export const askingCases: readonly Case<SinkBench>[] = [
  {
    name: 'tells by probe what took effect and what did not, and changes nothing',
    skip: noProbe,
    async run(bench) {
      const [applied, absent] = bench.deliveries(2)
      await bench.applyAll([applied!])
      for (let i = 0; i < 2; i++) {
        assert.equal(await bench.sink.probe!(applied!, never), 'applied')
        assert.equal(await bench.sink.probe!(absent!, never), 'absent')
      }
      await bench.expectEffects(applied!)
      await bench.applyAll([absent!])
      assert.equal(await bench.sink.probe!(absent!, never), 'applied')
    },
  },
  {
    name: 'answers unknown to a probe when the system cannot be asked, or when it is told to stop',
    skip: noProbe,
    async run(bench) {
      const delivery = bench.delivery()
      await bench.applyAll([delivery])
      assert.equal(await bench.sink.probe!(delivery, AbortSignal.abort()), 'unknown')
      const trouble = bench.harness.troubles.gone
      if (typeof trouble !== 'function') return
      await trouble()
      assert.notEqual(await bench.sink.probe!(bench.delivery({ key: 'k-2' }), never), 'applied')
      await bench.harness.mend()
    },
  },
  {
    name: 'reads what the system holds in key order, from any key on',
    skip: noRead,
    async run(bench) {
      const deliveries = bench.deliveries(7, (i) => ({ key: `k-${(i * 3) % 7}` }))
      await bench.applyAll(deliveries)
      const all = await keysRead(bench, null)
      assert.deepEqual(all, ['k-0', 'k-1', 'k-2', 'k-3', 'k-4', 'k-5', 'k-6'])
      assert.deepEqual(await keysRead(bench, 'k-4'), ['k-5', 'k-6'])
      assert.deepEqual(await keysRead(bench, 'k-6'), [])
      await bench.expectEffects(...deliveries)
    },
  },
  {
    name: 'ends reading soon after it is told to stop',
    skip: noRead,
    async run(bench) {
      await bench.applyAll(bench.deliveries(5))
      const stop = new AbortController()
      const read = async (): Promise<number> => {
        let rows = 0
        for await (const _ of bench.sink.read!(null, stop.signal)) {
          rows++
          stop.abort()
        }
        return rows
      }
      const rows = await within(
        read().catch(() => 1),
        patienceMs,
        'the end of a read',
      )
      assert.ok(rows >= 1)
    },
  },
  {
    name: 'describes what it would send, without sending it and without a secret',
    skip: noDescription,
    async run(bench) {
      const text = bench.sink.describe!(bench.delivery({ text: 'what is seen' }))
      assert.match(text, /what is seen/)
      for (const secret of bench.harness.secrets) assert.ok(!text.includes(secret), `the description holds the secret ${secret}`)
      // Behind it in the sink's own order, so that what it may have begun is over.
      const other = bench.delivery({ key: 'k-other' })
      await bench.applyAll([other])
      await bench.expectEffects(other)
    },
  },
]

async function keysRead({ sink }: SinkBench, after: string | null): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of sink.read!(after, never)) keys.push(key)
  return keys
}
