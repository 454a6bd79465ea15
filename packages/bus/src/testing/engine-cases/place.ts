import assert from 'node:assert/strict'
import { type EngineBench, event, events, ids } from '../engine-bench.js'
import type { Case } from '../suite.js'

/** Cases about finding a place: `locate` and `span`. */
export const placeCases: readonly Case<EngineBench>[] = [
  {
    name: 'locates the first event received at or after a time',
    async run(bench) {
      const topic = await bench.topic()
      const base = 1_700_000_000_000
      await bench.append(topic, events(100, { received: base }))
      const all = await bench.take(topic, 100)
      const locate = async (time: number) => ids(await bench.take(topic, 1, await bench.engine.locate(topic, 0, time)))[0]
      assert.equal(await locate(base - 5_000), 'e0')
      for (const i of [0, 1, 37, 98, 99]) {
        assert.equal(await locate(base + i * 1_000), `e${i}`)
        assert.equal(await locate(base + i * 1_000 - 999), `e${i}`)
        assert.equal(await bench.engine.locate(topic, 0, base + i * 1_000), all[i]!.offset)
      }
    },
  },
  {
    name: 'locates the first of events received at the same time',
    async run(bench) {
      const topic = await bench.topic()
      const times = [10, 20, 20, 20, 20, 30, 30, 40]
      await bench.append(
        topic,
        times.map((received, i) => event(i, { received })),
      )
      const all = await bench.take(topic, times.length)
      for (const [time, i] of [
        [5, 0],
        [10, 0],
        [11, 1],
        [20, 1],
        [25, 5],
        [30, 5],
        [40, 7],
      ] as const) {
        assert.equal(await bench.engine.locate(topic, 0, time), all[i]!.offset, `time ${time}`)
      }
    },
  },
  {
    name: 'locates the end for a time after all events',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, [event(0, { received: 1_000 })])
      const end = await bench.engine.locate(topic, 0, 9_000)
      const coming = bench.take(topic, 1, end)
      await bench.append(topic, [event(1, { received: 9_500 })])
      assert.deepEqual(ids(await coming), ['e1'])
    },
  },
  {
    name: 'locates in an empty topic a place from which all that comes is read',
    async run(bench) {
      const topic = await bench.topic()
      const coming = bench.take(topic, 2, await bench.engine.locate(topic, 0, 0))
      await bench.append(topic, events(2))
      assert.deepEqual(ids(await coming), ['e0', 'e1'])
    },
  },
  {
    name: 'spans every partition in order, from the first event on',
    async run(bench) {
      const topic = await bench.topic(3)
      await bench.append(topic, events(4), 0)
      await bench.append(topic, events(2), 2)
      const spans = await bench.engine.span(topic)
      assert.deepEqual(
        spans.map(({ partition }) => partition),
        [0, 1, 2],
      )
      assert.deepEqual(ids(await bench.take(topic, 4, spans[0]!.first)), ids(events(4)))
      assert.deepEqual(ids(await bench.take(topic, 2, spans[2]!.first, 2)), ids(events(2)))
    },
  },
  {
    name: 'spans up to behind the last event, and counts events and bytes',
    skip: (bench) => (bench.engine.can.knowsEnd ? null : `${bench.engine.can.name} does not know its end`),
    async run(bench) {
      const topic = await bench.topic()
      const [empty] = await bench.engine.span(topic)
      assert.equal(empty!.firstReceived, undefined)
      await bench.append(topic, events(4))
      const [span] = await bench.engine.span(topic)
      const last = (await bench.take(topic, 4)).at(-1)!
      assert(span!.next! > last.offset)
      assert(empty!.next! <= last.offset)
      assert(span!.bytes! > 0)
      if (span!.events !== undefined) assert.equal(span!.events, 4)
      if (span!.firstReceived !== undefined) assert.equal(span!.firstReceived, 1_700_000_000_000)
      const coming = bench.take(topic, 1, span!.next)
      await bench.append(topic, [event(4, { received: 1_700_000_009_000 })])
      assert.deepEqual(ids(await coming), ['e4'])
    },
  },
]
