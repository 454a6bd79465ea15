import assert from 'node:assert/strict'
import { Gap } from '../../engines/engine.js'
import { assertEvents, type EngineBench, event, events, ids } from '../engine-bench.js'
import type { Case } from '../suite.js'

export const restartCases: readonly Case<EngineBench>[] = [
  {
    name: 'keeps events, offsets and incarnation over a restart',
    async run(bench) {
      const topic = await bench.topic(2)
      const incarnation = await bench.engine.ensureTopic(bench.topicLog(topic, 2))
      const sent = await bench.append(topic, events(600), 1)
      const before = await bench.take(topic, 600, undefined, 1)
      await bench.reopen()
      assert.equal(await bench.engine.ensureTopic(bench.topicLog(topic, 2)), incarnation)
      const after = await bench.take(topic, 600, undefined, 1)
      assertEvents(after, sent)
      assert.deepEqual(after, before)
    },
  },
  {
    name: 'goes on after a restart from where a reader stopped',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(10))
      const all = await bench.take(topic, 10)
      await bench.reopen()
      const coming = bench.take(topic, 6, all[5]!.offset)
      await bench.append(topic, events(2, { from: 10 }))
      const got = await coming
      assert.deepEqual(ids(got), ids(events(6, { from: 5 })))
      assert(got[5]!.offset > all[9]!.offset)
    },
  },
  {
    name: 'keeps receive times from falling over a restart',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, [event(0, { received: 5_000 })])
      await bench.reopen()
      await bench.append(topic, [event(1, { received: 1_000 })])
      assert.deepEqual(
        (await bench.take(topic, 2)).map(({ received }) => received),
        [5_000, 5_000],
      )
      assert.equal(await bench.engine.locate(topic, 0, 5_000), (await bench.take(topic, 1))[0]!.offset)
    },
  },
  {
    name: 'keeps counts over a restart',
    skip: (bench) => (bench.engine.can.knowsEnd ? null : `${bench.engine.can.name} does not know its end`),
    async run(bench) {
      const topic = await bench.topic()
      await Promise.all([bench.append(topic, events(10)), bench.append(topic, events(5, { from: 10 }))])
      const before = await bench.engine.span(topic)
      await bench.reopen()
      await bench.engine.ensureTopic(bench.topicLog(topic))
      assert.deepEqual(await bench.engine.span(topic), before)
    },
  },
  {
    name: 'remembers over a restart what was trimmed',
    skip: (bench) => bench.cannotTrim,
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(20))
      const all = await bench.take(topic, 20)
      const gone = await bench.engine.trim(topic, 0, all[19]!.offset + 1n, new AbortController().signal)
      await bench.reopen()
      if (gone > 0) await bench.failure(topic, all[0]!.offset, Gap)
      await bench.append(topic, [event(20, { received: 1_800_000_000_000 })])
      const [next] = await bench.take(topic, 1, all[19]!.offset + 1n)
      assert.equal(next!.id, 'e20')
    },
  },
  {
    name: 'has every acknowledged event after an abrupt end',
    skip: (bench) => bench.cannotCrash,
    async run(bench) {
      const topic = await bench.topic()
      for (let i = 0; i < 20; i++) await bench.append(topic, events(10, { from: i * 10 }))
      await bench.crash()
      assert.deepEqual(ids(await bench.take(topic, 200)), ids(events(200)))
    },
  },
  {
    name: 'keeps the order of concurrent appends after an abrupt end, and appends behind them',
    skip: (bench) => bench.cannotCrash,
    async run(bench) {
      const topic = await bench.topic(2)
      await Promise.all(Array.from({ length: 50 }, (_, i) => bench.append(topic, events(4, { from: i * 4 }), i % 2)))
      const before = await bench.take(topic, 100, undefined, 1)
      await bench.crash()
      await bench.append(topic, [event(999, { received: 1_800_000_000_000 })], 1)
      const after = await bench.take(topic, 101, undefined, 1)
      assert.deepEqual(after.slice(0, 100), before)
      assert.equal(after[100]!.id, 'e999')
    },
  },
]
