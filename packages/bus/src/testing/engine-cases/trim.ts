import assert from 'node:assert/strict'
import { Gap } from '../../engines/engine.js'
import type { Offset, StoredEvent } from '../../event.js'
import { type EngineBench, event, events, ids } from '../engine-bench.js'
import type { Case } from '../suite.js'

const never = new AbortController().signal
const skip = (bench: EngineBench): string | null => bench.cannotTrim

export const trimCases: readonly Case<EngineBench>[] = [
  {
    name: 'says Gap, with the first event there, once events were trimmed',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 30)
      await bench.engine.trim(topic, 0, all[10]!.offset, never)
      const { first } = await gap(bench, topic, all[0]!.offset, all[10]!.offset)
      assert(first > all[0]!.offset && first <= all[10]!.offset)
      assert((await bench.take(topic, 1, first))[0]!.offset <= all[10]!.offset)
      assert((await bench.start(topic)) > all[0]!.offset)
    },
  },
  {
    name: 'keeps all that lies at or behind the place it trims before',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 30)
      await bench.engine.trim(topic, 0, all[10]!.offset, never)
      assert.deepEqual(ids(await bench.take(topic, 20, all[10]!.offset)), ids(all.slice(10)))
      assert.deepEqual(ids(await bench.take(topic, 5, all[25]!.offset)), ids(all.slice(25)))
    },
  },
  {
    name: 'answers how many events went, and nothing more when repeated',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 1_300)
      const gone = await bench.engine.trim(topic, 0, all[1_200]!.offset, never)
      assert(gone > 0 && gone <= 1_200)
      assert.equal(gone + (await bench.engine.trim(topic, 0, all[1_200]!.offset, never)), 1_200)
      const [span] = await bench.engine.span(topic)
      if (span!.events !== undefined) assert.equal(span!.events, 100)
    },
  },
  {
    name: 'trims one partition and leaves the others',
    skip,
    async run(bench) {
      const topic = await bench.topic(2)
      await bench.append(topic, events(10), 0)
      await bench.append(topic, events(10), 1)
      const all = await bench.take(topic, 10)
      await bench.engine.trim(topic, 0, all[9]!.offset, never)
      assert.deepEqual(ids(await bench.take(topic, 10, undefined, 1)), ids(events(10)))
    },
  },
  {
    name: 'tells a reader that lags behind the trimming of its gap',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 2_000)
      const reading = bench.batches(topic, all[0]!.offset)
      const got: StoredEvent[] = [...((await reading.next()).value?.events ?? [])]
      await bench.engine.trim(topic, 0, all[1_999]!.offset, never)
      try {
        while (got.length < 2_000) got.push(...((await reading.next()).value?.events ?? []))
      } catch (error) {
        assert(error instanceof Gap, String(error))
        assert(error.first > got.at(-1)!.offset)
      } finally {
        await reading.return()
      }
      assert.deepEqual(ids(got), ids(all.slice(0, got.length)))
    },
  },
  {
    name: 'goes on upwards after everything was trimmed',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 10)
      const end = all[9]!.offset + 1n
      await bench.engine.trim(topic, 0, end, never)
      await gap(bench, topic, all[0]!.offset, end)
      await bench.append(topic, [event(10, { received: 1_800_000_000_000 })])
      const [next] = await bench.take(topic, 1, end)
      assert.equal(next!.id, 'e10')
      assert(next!.offset > all[9]!.offset)
    },
  },
  {
    name: 'locates among what is left',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 30)
      await bench.engine.trim(topic, 0, all[10]!.offset, never)
      await gap(bench, topic, all[0]!.offset, all[10]!.offset)
      const [found] = await bench.take(topic, 1, await bench.engine.locate(topic, 0, 0))
      assert(found!.offset > all[0]!.offset && found!.offset <= all[10]!.offset)
      assert.equal(await bench.engine.locate(topic, 0, all[20]!.received), all[20]!.offset)
    },
  },
  {
    name: 'stops trimming when its signal aborts, and loses nothing else',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 1_000)
      assert.equal(await bench.engine.trim(topic, 0, all[900]!.offset, AbortSignal.abort()), 0)
      assert.deepEqual(ids(await bench.take(topic, 1_000, all[0]!.offset)), ids(all))
    },
  },
  {
    name: 'takes appends while it trims, in order',
    skip,
    async run(bench) {
      const { topic, all } = await filled(bench, 3_000)
      const trimming = bench.engine.trim(topic, 0, all[2_990]!.offset, never)
      for (let i = 3_000; i < 3_100; i += 10) await bench.append(topic, events(10, { from: i }))
      await trimming
      assert.deepEqual(ids(await bench.take(topic, 110, all[2_990]!.offset)), ids(events(110, { from: 2_990 })))
    },
  },
]

async function filled(bench: EngineBench, count: number): Promise<{ readonly topic: string; readonly all: readonly StoredEvent[] }> {
  const topic = await bench.topic()
  await bench.append(topic, events(count))
  return { topic, all: await bench.take(topic, count) }
}

/** Waits for the trimming to show: an engine may take its time, but it must never jump over what is gone. */
async function gap(bench: EngineBench, topic: string, from: Offset, before: Offset): Promise<Gap> {
  for (const deadline = performance.now() + bench.patienceMs; performance.now() < deadline; ) {
    if ((await bench.start(topic)) > from) return bench.failure(topic, from, Gap)
    const [still] = await bench.take(topic, 1, from)
    assert(still!.offset < before, `The read from ${from} jumped to ${still!.offset} without a word.`)
  }
  throw new Error('Nothing was trimmed.')
}
