import assert from 'node:assert/strict'
import { again, badText, type SinkBench, verdictOf } from '../sink-bench.js'
import type { Case } from '../suite.js'

const repeats = ({ sink }: SinkBench): string | null =>
  sink.effect === 'at_least_once' ? 'the sink says itself that a repeat repeats the effect' : null
const notInTarget = ({ sink }: SinkBench): string | null =>
  sink.effect === 'transactional' ? null : 'only a transactional sink keeps what was applied in the target'

export const repeatingCases: readonly Case<SinkBench>[] = [
  {
    name: 'applies a repeated delivery once, and says done each time',
    skip: repeats,
    async run(bench) {
      const delivery = bench.delivery()
      for (const one of [delivery, again(delivery), again(again(delivery))]) assert.equal(verdictOf(await bench.send(one)), 'done')
      await bench.expectEffects(delivery)
    },
  },
  {
    name: 'applies a delivery once that comes again after a restart',
    skip: repeats,
    async run(bench) {
      const deliveries = bench.deliveries(5)
      await bench.applyAll(deliveries)
      await bench.reopen()
      await bench.applyAll(deliveries.map(again))
      await bench.expectEffects(...deliveries)
    },
  },
  {
    name: 'applies an event without a key once that comes again after a restart',
    skip: repeats,
    async run(bench) {
      const deliveries = bench.deliveries(4, () => ({ key: null }))
      await bench.applyAll(deliveries)
      await bench.reopen()
      await bench.applyAll(deliveries.map(again).reverse())
      await bench.expectEffects(...deliveries)
    },
  },
  {
    name: 'takes two events of the same content for two',
    async run(bench) {
      const deliveries = bench.deliveries(2, () => ({ key: null, text: 'the same' }))
      await bench.applyAll(deliveries)
      for (const delivery of deliveries) assert.equal(await bench.timesApplied(delivery), 1)
    },
  },
  {
    name: 'does not go back when an older event of a key comes again',
    skip: notInTarget,
    async run(bench) {
      const [first, second] = bench.deliveries(2, (i) => ({ text: `state ${i}` }))
      await bench.applyAll([first!, second!])
      await bench.reopen()
      await bench.applyAll([again(first!)])
      await bench.expectEffects(first!, second!)
    },
  },
  {
    name: 'applies an event that is behind those of other keys, now or after a restart',
    async run(bench) {
      const slow = bench.delivery({ key: 'slow', place: 1 })
      const slower = bench.delivery({ key: 'slower', place: 2 })
      const others = Array.from({ length: 6 }, (_, i) => bench.delivery({ key: `k-${i}`, place: 10 + i }))
      await bench.applyAll([...others, slow])
      await bench.reopen()
      await bench.applyAll([slower])
      for (const delivery of [slow, slower, ...others]) assert.equal(await bench.timesApplied(delivery), 1, delivery.event.id)
    },
  },
  {
    name: 'applies events without a key in whatever order they come',
    async run(bench) {
      const deliveries = [4, 1, 3, 2].map((place) => bench.delivery({ key: null, place }))
      await bench.applyAll(deliveries)
      for (const delivery of deliveries) assert.equal(await bench.timesApplied(delivery), 1, delivery.event.id)
    },
  },
  {
    name: 'applies a refused event when it was mended and comes again',
    skip: ({ harness }) => (harness.refusesBadText === true ? null : harness.refusesBadText.impossible),
    async run(bench) {
      const bad = bench.delivery({ key: 'k-mended', text: badText })
      assert.equal(verdictOf(await bench.send(bad)), 'refused')
      await bench.applyAll(bench.deliveries(2, (i) => ({ key: `k-${i}` })))
      const mended = { ...again(bad), value: { key: 'k-mended', ref: bad.event.id, text: 'mended' } }
      assert.equal(verdictOf(await bench.send(mended)), 'done')
      assert.equal(await bench.timesApplied(bad), 1)
    },
  },
  {
    name: 'applies an event again once a topic was made anew, though its position is lower',
    skip: notInTarget,
    async run(bench) {
      const old = bench.delivery({ place: 900 })
      await bench.applyAll([old])
      const made = bench.delivery({ place: 3 })
      const anew = { ...made, event: { ...made.event, received: '2026-11-22T10:00:00.000Z' } }
      await bench.applyAll([anew])
      await bench.expectEffects(old, anew)
    },
  },
]
