import { expect } from 'vitest'
import type { SdkBehaviour } from './behaviour.js'
import { collect, numbersOf, readAll, step } from './taking.js'

/** What is promised over a lost connection. */
export const reconnecting: readonly SdkBehaviour[] = [
  {
    title: 'publishes under way when the connection is lost are stored once, in order',
    cuts: true,
    async run({ open, makeTopic, cut }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      const published: Promise<unknown>[] = []
      for (let n = 0; n < 2_000; n++) {
        published.push(bus.publish(topic, { key: 'k', n }))
        if (n % 500 === 250) await cut(bus)
        if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(published)
      expect(numbersOf(await readAll(bus, topic))).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
    },
  },
  {
    title: 'a group goes on after its connection was lost: what was in hand comes again, as the same attempt',
    cuts: true,
    async run({ open, makeTopic, group, cut }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      await bus.publishMany(
        topic,
        [1, 2].map((n) => ({ payload: { key: 'k', n } })),
      )
      const loop = bus.subscribe(topic, { group, from: 'all' })[Symbol.asyncIterator]()
      const first = await step(loop)
      await cut(bus)
      await expect(first.ack()).rejects.toMatchObject({ code: 'expired' })
      const again = await step(loop)
      expect(again).toMatchObject({ id: first.id, attempt: 1 })
      await again.ack()
      expect((await step(loop)).payload).toMatchObject({ n: 2 })
    },
  },
  {
    title: 'a nameless reader goes on after its connection was lost, without a gap or a repeat',
    cuts: true,
    async run({ open, makeTopic, cut }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      const sub = bus.subscribe(topic)
      const all = collect(sub, 300)
      await sub.ready
      const publisher = await open()
      for (let part = 0; part < 3; part++) {
        await publisher.publishMany(
          topic,
          Array.from({ length: 100 }, (_, n) => ({ payload: { key: 'k', n: part * 100 + n } })),
        )
        if (part < 2) await cut(bus)
      }
      expect(numbersOf(await all)).toEqual(Array.from({ length: 300 }, (_, n) => n))
    },
  },
]
