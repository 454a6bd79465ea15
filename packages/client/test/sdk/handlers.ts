import { expect } from 'vitest'
import type { Message } from '#dist/bus.js'
import type { SdkBehaviour } from './behaviour.js'
import { collect, eventually, nextOf, numbersOf } from './taking.js'

/** What handlers and groups that share are promised. */
export const handlers: readonly SdkBehaviour[] = [
  {
    title: 'a handler acknowledges by resolving',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic()
      const first = await open()
      const seen: unknown[] = []
      const sub = first.subscribe(topic, async ({ payload }) => void seen.push(payload), { group })
      await sub.ready
      await first.publish(topic, { n: 1 })
      await eventually(() => seen.length === 1)
      await first.close()
      const second = await open()
      const next = nextOf(second.subscribe(topic, { group }))
      await second.publish(topic, { n: 2 })
      expect((await next).payload).toEqual({ n: 2 })
    },
  },
  {
    title: 'a handler that throws gets the event again, and its error is told',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic()
      const errors: Error[] = []
      const bus = await open({ onError: (error) => errors.push(error) })
      const attempts: number[] = []
      const handler = ({ attempt }: Message): void => {
        attempts.push(attempt)
        if (attempt === 1) throw new Error('calendar is down')
      }
      await bus.subscribe(topic, handler, { group }).ready
      await bus.publish(topic, { n: 1 })
      await eventually(() => attempts.length === 2)
      expect(attempts).toEqual([1, 2])
      expect(errors).toMatchObject([{ message: 'calendar is down' }])
    },
  },
  {
    title: 'two connections of one group share the work',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic()
      const buses = [await open(), await open()]
      const seen: number[][] = [[], []]
      for (const [i, bus] of buses.entries()) {
        await bus.subscribe(topic, async ({ payload }) => void seen[i]?.push((payload as { n: number }).n), { group, concurrency: 1 }).ready
      }
      await buses[0]?.publishMany(
        topic,
        Array.from({ length: 100 }, (_, n) => ({ payload: { n } })),
      )
      await eventually(() => seen.flat().length >= 100)
      expect(seen.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n))
      expect(Math.min(...seen.map(({ length }) => length))).toBeGreaterThan(0)
    },
  },
  {
    title: 'two groups each get every event',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      await bus.publishMany(
        topic,
        [1, 2, 3].map((n) => ({ payload: { key: 'k', n } })),
      )
      const both = ['one', 'other'].map((name) => collect(bus.subscribe(topic, { group: `${group}-${name}`, from: 'all' }), 3))
      for (const messages of await Promise.all(both)) expect(numbersOf(messages)).toEqual([1, 2, 3])
    },
  },
  {
    title: 'two handlers of one name in one process both get each event',
    async run({ open, makeTopic, group }) {
      const topic = await makeTopic()
      const bus = await open({ name: group })
      const seen: string[] = []
      const subs = [
        bus.on(topic, (payload) => void seen.push(`one ${payload.n}`)),
        bus.on(topic, (payload) => void seen.push(`other ${payload.n}`)),
      ]
      await Promise.all(subs.map(({ ready }) => ready))
      await bus.publish(topic, { n: 1 })
      await bus.publish(topic, { n: 2 })
      await eventually(() => seen.length === 4)
      expect(seen.sort()).toEqual(['one 1', 'one 2', 'other 1', 'other 2'])
    },
  },
  {
    title: 'the events of one key are handled in order, those of different keys side by side',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      const seen = new Map<string, number[]>()
      let [running, most] = [0, 0]
      const handler = async ({ payload, key }: Message): Promise<void> => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        seen.set(String(key), [...(seen.get(String(key)) ?? []), (payload as { n: number }).n])
        running--
      }
      await bus.subscribe(topic, handler, { group, concurrency: 8 }).ready
      await bus.publishMany(
        topic,
        Array.from({ length: 200 }, (_, n) => ({ payload: { key: `k${n % 5}`, n } })),
      )
      await eventually(() => [...seen.values()].flat().length === 200)
      for (const numbers of seen.values()) expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
      expect(seen.size).toBe(5)
      expect(most).toBeGreaterThan(1)
    },
  },
]
