import { expect } from 'vitest'
import type { Message } from '#dist/bus.js'
import type { SdkBehaviour } from './behaviour.js'
import { collect, eventually, numbersOf, readAll } from './taking.js'

/** What is promised to whoever reads without a group, and of what all subscriptions have in common. */
export const reading: readonly SdkBehaviour[] = [
  {
    title: 'a nameless reader tails: it sees what comes and moves no place',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      await bus.publish(topic, { key: 'k', n: 0 })
      const sub = bus.subscribe(topic)
      expect(sub.group).toBeNull()
      const two = collect(sub, 2)
      await sub.ready
      await bus.publishMany(
        topic,
        [1, 2].map((n) => ({ payload: { key: 'k', n } })),
      )
      const messages = await two
      expect(numbersOf(messages)).toEqual([1, 2])
      expect(messages.map(({ deadline }) => deadline)).toEqual([null, null])
    },
  },
  {
    title: 'a nameless reader reads what was published while nobody listened, and ends at now',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open({ name: 'somebody' }), await makeTopic({ key: 'key' })]
      await bus.publishMany(
        topic,
        Array.from({ length: 1_000 }, (_, n) => ({ payload: { key: 'k', n } })),
      )
      const seen: Message[] = []
      for await (const message of bus.subscribe(topic, { group: null, since: '10m', until: 'now' })) seen.push(message)
      expect(numbersOf(seen)).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
    },
  },
  {
    title: '`since` in a group is a fault that names the way',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open({ name: group }), await makeTopic()]
      expect(() => bus.subscribe(topic, { since: '10m' })).toThrow(/hms-sync groups seek/)
    },
  },
  {
    title: 'emit takes one object whose type is the topic, or a topic and a payload',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'id' })]
      await bus.emit({ type: topic, id: 1, inspectorName: 'Lee' })
      await bus.emit(topic, { id: 1, hours: '9-5' })
      expect((await readAll(bus, topic)).map(({ payload }) => payload)).toEqual([
        { id: 1, inspectorName: 'Lee' },
        { id: 1, hours: '9-5' },
      ])
    },
  },
  {
    title: 'subscribe with a handler alone sees all topics',
    async run({ open, makeTopic }) {
      const bus = await open()
      const topics = [await makeTopic(), await makeTopic()]
      const seen = new Set<string>()
      await bus.subscribe(({ topic }) => void seen.add(topic)).ready
      for (const topic of topics) await bus.publish(topic, { n: 1 })
      await eventually(() => topics.every((topic) => seen.has(topic)))
    },
  },
  {
    title: 'one subscription reads several topics',
    async run({ open, makeTopic, group }) {
      const bus = await open()
      const topics = [await makeTopic(), await makeTopic()]
      for (const topic of topics) await bus.publish(topic, { topic })
      const messages = await collect(bus.subscribe(topics, { group, from: 'all' }), 2)
      expect(messages.map(({ topic }) => topic).sort()).toEqual([...topics].sort())
    },
  },
  {
    title: 'a closed bus refuses everything, and closes twice',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      const published = bus.publish(topic, { n: 1 })
      await bus.close()
      await expect(published).resolves.toMatchObject({ duplicate: false })
      await bus.close()
      await expect(bus.publish(topic, {})).rejects.toMatchObject({ code: 'closed' })
      expect(() => bus.subscribe(topic)).toThrow(expect.objectContaining({ code: 'closed' }))
    },
  },
]
