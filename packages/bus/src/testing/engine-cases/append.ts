import assert from 'node:assert/strict'
import { SyncError } from '@hms-sync/client'
import { assertEvents, type EngineBench, event, events, ids } from '../engine-bench.js'
import type { Case } from '../suite.js'

export const appendCases: readonly Case<EngineBench>[] = [
  {
    name: 'gives back every event as it was appended',
    async run(bench) {
      const topic = await bench.topic()
      const sent = await bench.append(topic, [
        event(0, { key: null }),
        event(1, { key: '' }),
        event(2, {
          id: 'ü/€ %&"\\',
          source: 'städt-🏛',
          key: '日本 語',
          body: '{ "id" : "ü", "n": 1.0, "big": 12345678901234567890, "payload":"line\\nbreak \\u0000 🏥 \\"q\\""}',
        }),
        event(3, { id: 'x'.repeat(256), key: 'k'.repeat(512) }),
      ])
      assertEvents(await bench.take(topic, sent.length), sent)
    },
  },
  {
    name: 'keeps the order within a batch',
    async run(bench) {
      const topic = await bench.topic()
      const sent = await bench.append(topic, events(100))
      assertEvents(await bench.take(topic, 100), sent)
    },
  },
  {
    name: 'keeps the order of calls that do not wait for one another',
    async run(bench) {
      const topic = await bench.topic()
      const sent = events(300)
      await Promise.all(Array.from({ length: 100 }, (_, i) => bench.append(topic, sent.slice(i * 3, i * 3 + 3))))
      assertEvents(await bench.take(topic, 300), sent)
    },
  },
  {
    name: 'stores every event of many callers once',
    async run(bench) {
      const topic = await bench.topic()
      const caller = async (number: number): Promise<void> => {
        for (let i = 0; i < 20; i++) await bench.append(topic, [event(number * 20 + i)])
      }
      await Promise.all(Array.from({ length: 25 }, (_, number) => caller(number)))
      const got = await bench.take(topic, 500)
      assert.equal(new Set(ids(got)).size, 500)
    },
  },
  {
    name: 'has stored what it acknowledged: a read that starts afterwards finds it',
    async run(bench) {
      const topic = await bench.topic()
      for (let i = 0; i < 20; i++) {
        await bench.append(topic, [event(i)])
        assert.deepEqual(ids(await bench.take(topic, i + 1)), ids(events(i + 1)))
      }
    },
  },
  {
    name: 'takes a batch of 1,000 events and an event of 900 KB',
    async run(bench) {
      const topic = await bench.topic()
      const large = event(1_000, { body: `{"id":"e1000","payload":"${'x'.repeat(900_000)}"}`, received: 1_800_000_000_000 })
      const sent = [...(await bench.append(topic, events(1_000))), ...(await bench.append(topic, [large]))]
      assertEvents(await bench.take(topic, 1_001), sent)
    },
  },
  {
    name: 'appends nothing when given nothing',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, [])
      const sent = await bench.append(topic, [event(1)])
      assertEvents(await bench.take(topic, 1), sent)
    },
  },
  {
    name: 'keeps partitions apart',
    async run(bench) {
      const topic = await bench.topic(3)
      const sent = [events(5), events(5, { from: 5 }), events(5, { from: 10 })]
      await Promise.all(sent.map((batch, partition) => bench.append(topic, batch, partition)))
      for (const [partition, batch] of sent.entries()) assertEvents(await bench.take(topic, 5, undefined, partition), batch)
    },
  },
  {
    name: 'keeps topics apart',
    async run(bench) {
      const [one, other] = [await bench.topic(), await bench.topic()]
      const sent = await Promise.all([bench.append(one, events(5)), bench.append(other, events(5, { from: 5 }))])
      assertEvents(await bench.take(one, 5), sent[0])
      assertEvents(await bench.take(other, 5), sent[1])
    },
  },
  {
    name: 'stores receive times that never fall, whatever the clock does',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, [event(0, { received: 5_000 }), event(1, { received: 3_000 })])
      await bench.append(topic, [event(2, { received: 4_000 }), event(3, { received: 9_000 })])
      const got = await bench.take(topic, 4)
      assert.deepEqual(
        got.map(({ received }) => received),
        [5_000, 5_000, 5_000, 9_000],
      )
    },
  },
  {
    name: 'refuses to append to a topic that was never ensured',
    async run(bench) {
      await assert.rejects(bench.engine.append('suite-never-ensured', 0, [event(0)]), SyncError)
    },
  },
  {
    name: 'refuses to append after it was closed',
    async run(bench) {
      const topic = await bench.topic()
      await bench.engine.close()
      await assert.rejects(bench.engine.append(topic, 0, [event(0)]), SyncError)
    },
  },
]
