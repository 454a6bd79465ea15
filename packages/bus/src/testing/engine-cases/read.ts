import assert from 'node:assert/strict'
import { Beyond, Gone } from '../../engines/engine.js'
import type { StoredEvent } from '../../event.js'
import { assertEvents, type EngineBench, event, events, ids } from '../engine-bench.js'
import { type Case, within } from '../suite.js'

export const readCases: readonly Case<EngineBench>[] = [
  {
    name: 'reads from an offset on, the event there first',
    async run(bench) {
      const topic = await bench.topic()
      const sent = await bench.append(topic, events(20))
      const all = await bench.take(topic, 20)
      for (const i of [0, 1, 7, 19]) assertEvents(await bench.take(topic, 20 - i, all[i]!.offset), sent.slice(i))
    },
  },
  {
    name: 'waits for the first event when it is asked from 0 on',
    async run(bench) {
      const topic = await bench.topic()
      const reading = bench.take(topic, 1, 0n)
      const sent = await bench.append(topic, events(1))
      assertEvents(await reading, sent)
    },
  },
  {
    name: 'goes on behind an event with the next one',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(10))
      const all = await bench.take(topic, 10)
      for (const i of [0, 4, 8]) assert.deepEqual(ids(await bench.take(topic, 1, all[i]!.offset + 1n)), [`e${i + 1}`])
    },
  },
  {
    name: 'yields batches of at least one event, each going on where `next` said',
    async run(bench) {
      const topic = await bench.topic()
      const sent = await bench.append(topic, events(1_200))
      const got: StoredEvent[] = []
      let next = await bench.start(topic)
      while (got.length < 1_200) {
        for await (const batch of bench.batches(topic, next)) {
          assert(batch.events.length > 0)
          assert(batch.next > batch.events.at(-1)!.offset)
          got.push(...batch.events)
          next = batch.next
          break
        }
      }
      assertEvents(got, sent)
    },
  },
  {
    name: 'gives each event once, over all batches of one read',
    async run(bench) {
      const topic = await bench.topic()
      for (let i = 0; i < 1_500; i += 50) await bench.append(topic, events(50, { from: i }))
      const got = await bench.take(topic, 1_500)
      assert.deepEqual(ids(got), ids(events(1_500)))
    },
  },
  {
    name: 'waits at the end and wakes with what is appended',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(3))
      const reading = bench.batches(topic, await bench.start(topic))
      const got: StoredEvent[] = []
      while (got.length < 3) got.push(...((await reading.next()).value?.events ?? []))
      for (let i = 3; i < 10; i++) {
        const coming = reading.next()
        await bench.append(topic, [event(i)])
        got.push(...((await coming).value?.events ?? []))
      }
      await reading.return()
      assert.deepEqual(ids(got), ids(events(10)))
    },
  },
  {
    name: 'wakes two hundred readers of one partition',
    async run(bench) {
      const topic = await bench.topic()
      const start = await bench.start(topic)
      const readers = Array.from({ length: 200 }, () => bench.take(topic, 10, start))
      for (let i = 0; i < 10; i += 2) await bench.append(topic, events(2, { from: i }))
      for (const got of await Promise.all(readers)) assert.deepEqual(ids(got), ids(events(10)))
    },
  },
  {
    name: 'catches up from far behind while events keep coming, without gap or repeat',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(1_000))
      const reading = bench.take(topic, 3_000)
      for (let i = 1_000; i < 3_000; i += 100) await bench.append(topic, events(100, { from: i }))
      assert.deepEqual(ids(await reading), ids(events(3_000)))
    },
  },
  {
    name: 'serves readers at different places side by side',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(700))
      const all = await bench.take(topic, 700)
      const places = [0, 100, 350, 699]
      const got = await Promise.all(places.map((i) => bench.take(topic, 700 - i, all[i]!.offset)))
      for (const [n, i] of places.entries()) assert.deepEqual(ids(got[n]!), ids(all.slice(i)))
    },
  },
  {
    name: 'starts over after a reader broke off',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(50))
      for await (const batch of bench.batches(topic, await bench.start(topic))) {
        assert(batch.events.length > 0)
        break
      }
      assert.deepEqual(ids(await bench.take(topic, 50)), ids(events(50)))
    },
  },
  {
    name: 'ends a waiting read without an error when its signal aborts',
    async run(bench) {
      const topic = await bench.topic()
      const stop = new AbortController()
      const reading = bench.engine.read(topic, 0, await bench.start(topic), stop.signal)[Symbol.asyncIterator]()
      const waiting = reading.next()
      stop.abort()
      assert.equal((await within(waiting, bench.patienceMs, 'the read to end')).done, true)
    },
  },
  {
    name: 'reads nothing under a signal that aborted before',
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(3))
      const reading = bench.engine.read(topic, 0, await bench.start(topic), AbortSignal.abort())[Symbol.asyncIterator]()
      assert.equal((await within(reading.next(), bench.patienceMs, 'the read to end')).done, true)
    },
  },
  {
    name: 'ends every read when it is closed, which may happen twice',
    async run(bench) {
      const topic = await bench.topic()
      const stop = new AbortController()
      const start = await bench.start(topic)
      const readers = Array.from({ length: 5 }, () => bench.engine.read(topic, 0, start, stop.signal)[Symbol.asyncIterator]().next())
      await Promise.all([bench.engine.close(), bench.engine.close()])
      await bench.engine.close()
      for (const { done } of await within(Promise.all(readers), bench.patienceMs, 'reads to end with the engine')) assert.equal(done, true)
    },
  },
  {
    name: 'says Beyond, with the end, for an offset that was never reached',
    skip: (bench) => (bench.engine.can.knowsEnd ? null : `${bench.engine.can.name} does not know its end`),
    async run(bench) {
      const topic = await bench.topic()
      await bench.append(topic, events(3))
      const last = (await bench.take(topic, 3)).at(-1)!
      const { next } = await bench.failure(topic, last.offset + 1_000_000n, Beyond)
      assert(next > last.offset && next < last.offset + 1_000_000n)
      await bench.append(topic, [event(3)])
      assert.deepEqual(ids(await bench.take(topic, 1, next)), ['e3'])
    },
  },
  {
    name: 'says Gone for a topic that is not there',
    async run(bench) {
      await bench.failure('suite-not-there', 1n, Gone)
    },
  },
]
