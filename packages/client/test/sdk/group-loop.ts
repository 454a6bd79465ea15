import { expect } from 'vitest'
import type { SdkBehaviour } from './behaviour.js'
import { collect, nextOf, numbersOf, pastDeadline, step } from './taking.js'

/** What a loop in a group is promised. */
export const groupLoop: readonly SdkBehaviour[] = [
  {
    title: 'a new group starts now, or from where `from` says',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 'before' })
      const late = bus.subscribe(topic, { group: `${group}-late` })
      const [lateMessages, all] = [collect(late, 1), collect(bus.subscribe(topic, { group, from: 'all' }), 2)]
      await late.ready
      await bus.publish(topic, { n: 'after' })
      expect((await lateMessages).map(({ payload }) => payload)).toEqual([{ n: 'after' }])
      expect((await all).map(({ payload }) => payload)).toEqual([{ n: 'before' }, { n: 'after' }])
    },
  },
  {
    title: 'a group keeps its place over connections, named by the connection',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic({ key: 'key' })
      const first = await open({ name: group })
      const sub = first.subscribe(topic)
      expect(sub.group).toBe(group)
      const two = collect(sub, 2)
      await sub.ready
      await first.publishMany(
        topic,
        [1, 2, 3].map((n) => ({ payload: { key: 'k', n } })),
      )
      expect(numbersOf(await two)).toEqual([1, 2])
      await first.close()
      const second = await open({ name: group })
      expect(numbersOf(await collect(second.subscribe(topic), 1))).toEqual([3])
    },
  },
  {
    title: 'a message that was not acknowledged before the connection went comes again, as the same attempt',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic()
      const first = await open()
      const { id } = await first.publish(topic, { n: 1 })
      const taken = await nextOf(first.subscribe(topic, { group, from: 'all' }))
      expect(taken).toMatchObject({ id, attempt: 1 })
      await first.close()
      expect(await nextOf((await open()).subscribe(topic, { group }))).toMatchObject({ id, attempt: 1 })
    },
  },
  {
    title: 'a message that waits for its turn behind a long one costs its event no try',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publishMany(topic, [{ payload: { n: 1 } }, { payload: { n: 2 } }])
      const loop = bus.subscribe(topic, { group, from: 'all', concurrency: 2, ackTimeoutMs: 600 })[Symbol.asyncIterator]()
      const long = await step(loop)
      await long.extend(60_000)
      await pastDeadline(long)
      await long.ack()
      expect(await step(loop)).toMatchObject({ attempt: 1 })
    },
  },
  {
    title: 'leaving a loop hands back what is unsettled at once',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      for await (const message of bus.subscribe(topic, { group, from: 'all' })) {
        expect(message.attempt).toBe(1)
        break
      }
      expect(await nextOf(bus.subscribe(topic, { group }))).toMatchObject({ payload: { n: 1 } })
    },
  },
  {
    title: 'nack brings the event again, as the next attempt',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      const loop = bus.subscribe(topic, { group, from: 'all' })[Symbol.asyncIterator]()
      const first = await step(loop)
      await first.nack({ reason: 'calendar is down' })
      const second = await step(loop)
      expect(second).toMatchObject({ id: first.id, attempt: 2 })
      await second.ack()
    },
  },
  {
    title: 'nack with a delay brings the event again not before it',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      const loop = bus.subscribe(topic, { group, from: 'all' })[Symbol.asyncIterator]()
      const began = performance.now()
      await (await step(loop)).nack({ delayMs: 300 })
      expect((await step(loop)).attempt).toBe(2)
      expect(performance.now() - began).toBeGreaterThanOrEqual(290)
    },
  },
  {
    title: 'a message that is held too long comes again, and its late ack is refused',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      const loop = bus.subscribe(topic, { group, from: 'all', ackTimeoutMs: 200 })[Symbol.asyncIterator]()
      const late = await step(loop)
      const again = await step(loop)
      expect(again).toMatchObject({ id: late.id, attempt: 2 })
      await expect(late.ack()).rejects.toMatchObject({ code: 'expired' })
      await again.ack()
    },
  },
  {
    title: 'a message that is extended stays ours beyond its first deadline',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      const loop = bus.subscribe(topic, { group, from: 'all', ackTimeoutMs: 300 })[Symbol.asyncIterator]()
      const message = await step(loop)
      await message.extend(10_000)
      await pastDeadline(message)
      await message.ack()
    },
  },
  {
    title: 'a second settle answers as the first did',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 1 })
      const message = await nextOf(bus.subscribe(topic, { group, from: 'all' }))
      await message.ack()
      await message.nack()
      await message.ack()
    },
  },
]
