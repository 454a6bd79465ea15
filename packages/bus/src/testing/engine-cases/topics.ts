import assert from 'node:assert/strict'
import { SyncError } from '@hms-sync/client'
import { assertEvents, type EngineBench, event, events } from '../engine-bench.js'
import type { Case } from '../suite.js'

export const topicCases: readonly Case<EngineBench>[] = [
  {
    name: 'answers the same incarnation when a topic is ensured again',
    async run(bench) {
      const log = bench.topicLog(await bench.topic(2), 2)
      const sent = await bench.append(log.name, events(3), 1)
      const first = await bench.engine.ensureTopic(log)
      assert.match(first, /^[A-Za-z0-9_-]{1,32}$/)
      assert.equal(await bench.engine.ensureTopic(log), first)
      assertEvents(await bench.take(log.name, 3, undefined, 1), sent)
    },
  },
  {
    name: 'gives every topic an incarnation of its own',
    async run(bench) {
      const logs = [await bench.topic(), await bench.topic(), await bench.topic()].map((name) => bench.topicLog(name))
      const incarnations = await Promise.all(logs.map((log) => bench.engine.ensureTopic(log)))
      assert.equal(new Set(incarnations).size, 3)
    },
  },
  {
    name: 'makes a topic once when it is ensured several times at once',
    async run(bench) {
      const log = bench.topicLog(`${await bench.topic()}-twin`, 2)
      const incarnations = await Promise.all(Array.from({ length: 5 }, () => bench.engine.ensureTopic(log)))
      assert.equal(new Set(incarnations).size, 1)
      assert.equal((await bench.engine.span(log.name)).length, 2)
    },
  },
  {
    name: 'widens a topic, keeping its events and its incarnation',
    async run(bench) {
      const name = await bench.topic(1)
      const before = await bench.engine.ensureTopic(bench.topicLog(name, 1))
      const sent = await bench.append(name, events(5))
      assert.equal(await bench.engine.ensureTopic(bench.topicLog(name, 3)), before)
      const more = await bench.append(name, events(5, { from: 5 }), 2)
      assertEvents(await bench.take(name, 5), sent)
      assertEvents(await bench.take(name, 5, undefined, 2), more)
      assert.deepEqual(
        (await bench.engine.span(name)).map(({ partition }) => partition),
        [0, 1, 2],
      )
    },
  },
  {
    name: 'widens a topic under a waiting reader',
    async run(bench) {
      const name = await bench.topic(1)
      const reading = bench.take(name, 2)
      await bench.append(name, [event(0)])
      await bench.engine.ensureTopic(bench.topicLog(name, 2))
      await bench.append(name, [event(1, { received: 1_700_000_001_000 })])
      assert.equal((await reading).length, 2)
    },
  },
  {
    name: 'refuses fewer partitions, and the topic goes on as it was',
    async run(bench) {
      const name = await bench.topic(3)
      await assert.rejects(
        bench.engine.ensureTopic(bench.topicLog(name, 2)),
        (error) => error instanceof SyncError && error.code === 'change_refused',
      )
      const sent = await bench.append(name, events(3), 2)
      assertEvents(await bench.take(name, 3, undefined, 2), sent)
    },
  },
  {
    name: 'takes another retention without touching the events',
    async run(bench) {
      const log = bench.topicLog(await bench.topic())
      const before = await bench.engine.ensureTopic(log)
      const sent = await bench.append(log.name, events(3, { received: Date.now() }))
      assert.equal(await bench.engine.ensureTopic({ ...log, retentionMs: 30 * 24 * 3_600_000 }), before)
      assertEvents(await bench.take(log.name, 3), sent)
    },
  },
]
