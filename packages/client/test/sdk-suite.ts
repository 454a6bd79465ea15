/**
 * What the SDK promises its users, as behaviours over any bus: run against the server, against `openBus()`, and against
 * the small bus in memory that the SDK's own tests bring. Each behaviour makes its own topics, groups and connections.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bus, Message, SubscribeOptions, Subscription } from '#dist/bus.js'

export interface SdkHarness {
  /** A bus object with a connection of its own to one and the same bus, which accepts every name. */
  readonly makeBus: (options?: { readonly name?: string; readonly onError?: (error: Error) => void }) => Promise<Bus>
  /** A topic for one behaviour alone, declared where the bus wants that. `key` is a path in the payload. */
  readonly makeTopic: (options?: { readonly key?: string }) => Promise<string>
  /** Cuts the connection of a bus object under it. Absent where there is none to cut. */
  readonly cut?: (bus: Bus) => Promise<void>
  readonly close: () => Promise<void>
}

export interface SdkBehaviour {
  readonly title: string
  /** Only where connections can be cut. */
  readonly cuts?: true
  readonly run: (kit: SdkKit) => Promise<void>
}

/** What a behaviour works with; everything it opens is closed behind it. */
export interface SdkKit extends Pick<SdkHarness, 'makeTopic'> {
  readonly open: (options?: { readonly name?: string; readonly onError?: (error: Error) => void }) => Promise<Bus>
  readonly cut: (bus: Bus) => Promise<void>
  readonly group: string
}

/** Runs all behaviours against what `start` gives. */
export function describeSdk(name: string, start: () => Promise<SdkHarness>): void {
  describe(`the SDK over ${name}`, () => {
    let harness: SdkHarness
    beforeAll(async () => {
      harness = await start()
    })
    afterAll(async () => harness?.close())
    for (const { title, cuts, run } of sdkBehaviours) {
      it(title, async (test) => {
        if (cuts === true && harness.cut === undefined) test.skip('there is no connection to cut')
        const opened: Bus[] = []
        const kit: SdkKit = {
          makeTopic: (options) => harness.makeTopic(options),
          open: async (options) => {
            const bus = await harness.makeBus(options)
            opened.push(bus)
            return bus
          },
          cut: async (bus) => harness.cut?.(bus),
          group: `group-${randomUUID()}`,
        }
        try {
          await run(kit)
        } finally {
          await Promise.all(opened.map((bus) => bus.close({ timeoutMs: 1_000 })))
        }
      })
    }
  })
}

export const sdkBehaviours: readonly SdkBehaviour[] = [
  {
    title: 'publish answers the id and position of the stored event',
    async run({ open, makeTopic }) {
      const bus = await open()
      const published = await bus.publish(await makeTopic(), { permitId: 7 })
      expect(published).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/), position: expect.any(String), duplicate: false })
    },
  },
  {
    title: 'the same id and content again is the first answer again',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      const first = await bus.publish(topic, { permitId: 7 }, { id: 'permit-7' })
      expect(await bus.publish(topic, { permitId: 7 }, { id: 'permit-7' })).toEqual({
        id: 'permit-7',
        position: first.position,
        duplicate: true,
      })
    },
  },
  {
    title: 'the same id with other content is refused',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { permitId: 7 }, { id: 'permit-7' })
      await expect(bus.publish(topic, { permitId: 8 }, { id: 'permit-7' })).rejects.toMatchObject({ name: 'SyncError', code: 'id_reused' })
    },
  },
  {
    title: 'a string given to publish is JSON text; other text is a fault',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, JSON.stringify({ permitId: 7 }))
      await expect(bus.publish(topic, 'permit 7')).rejects.toMatchObject({ code: 'invalid_json' })
      expect((await readAll(bus, topic)).map(({ payload }) => payload)).toEqual([{ permitId: 7 }])
    },
  },
  {
    title: 'a Date in a payload arrives as ISO text',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { date: new Date(0) })
      expect((await readAll(bus, topic))[0]?.payload).toEqual({ date: '1970-01-01T00:00:00.000Z' })
    },
  },
  {
    title: 'what has no JSON form is refused before it is sent',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      for (const payload of [undefined, () => {}, 1n, { total: Number.NaN }]) {
        await expect(bus.publish(topic, payload)).rejects.toMatchObject({ code: 'invalid_event' })
      }
    },
  },
  {
    title: 'publishing to or subscribing from a topic that is not there is refused as unknown',
    async run({ open, group }) {
      const bus = await open()
      await expect(bus.publish('no.such.topic', {})).rejects.toMatchObject({ code: 'unknown_topic' })
      await expect(bus.subscribe('no.such.topic', { group }).ready).rejects.toMatchObject({ code: 'unknown_topic' })
    },
  },
  {
    title: 'concurrent publishes are each answered for their own event, and stored in the order of the calls',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic({ key: 'key' })]
      const numbers = Array.from({ length: 700 }, (_, n) => n)
      const published = await Promise.all(numbers.map((n) => bus.publish(topic, { key: 'one', n }, { id: `event-${n}` })))
      expect(published.map(({ id }) => id)).toEqual(numbers.map((n) => `event-${n}`))
      expect((await readAll(bus, topic)).map(({ payload }) => (payload as { n: number }).n)).toEqual(numbers)
    },
  },
  {
    title: 'publishMany answers in order, with an error where an event was refused',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await bus.publish(topic, { n: 0 }, { id: 'used' })
      const outcomes = await bus.publishMany(topic, [
        { payload: { n: 1 } },
        { payload: { n: 2 }, id: 'used' },
        { payload: undefined },
        { payload: { n: 3 }, id: 'new' },
      ])
      expect(outcomes).toMatchObject([
        { ok: true, duplicate: false },
        { ok: false, error: { code: 'id_reused' } },
        { ok: false, error: { code: 'invalid_event' } },
        { ok: true, id: 'new' },
      ])
    },
  },
  {
    title: 'an event arrives with everything the wire promises',
    async run({ open, makeTopic }) {
      const [bus, topic] = [await open({ name: 'hms-api' }), await makeTopic({ key: 'permit.id' })]
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
      const { id, position } = await bus.publish(
        topic,
        { permit: { id: 7 } },
        { time: '2026-01-02T03:04:05.000Z', type: 'PermitApproved', traceparent },
      )
      const [message] = await readAll(bus, topic)
      expect(message?.event).toMatchObject({
        id,
        topic,
        position,
        traceparent,
        type: 'PermitApproved',
        version: 1,
        key: '7',
        source: 'hms-api',
        payload: { permit: { id: 7 } },
        qos: 'at_least_once',
      })
      expect(Date.parse(String(message?.event.time))).toBe(Date.parse('2026-01-02T03:04:05Z'))
      expect(Date.parse(String(message?.event.replayable_until))).toBeGreaterThan(Date.parse(String(message?.event.received)))
    },
  },
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
    title: 'what belongs to a later version is refused by name',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      await expect(bus.publish(topic, {}, { waitFor: 'delivered' } as object)).rejects.toMatchObject({ code: 'not_supported_yet' })
      expect(() => bus.subscribe(topic, { group, maxAttempts: 3 } as SubscribeOptions)).toThrow(
        expect.objectContaining({ code: 'not_supported_yet' }),
      )
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

/** Everything that is in a topic now. */
async function readAll(bus: Bus, topic: string): Promise<readonly Message[]> {
  const messages: Message[] = []
  for await (const message of bus.subscribe(topic, { group: null, since: 'all', until: 'now' })) messages.push(message)
  return messages
}

/** The first messages of a subscription, each acknowledged; then it is closed. */
async function collect(sub: Subscription, count: number): Promise<readonly Message[]> {
  const messages: Message[] = []
  for await (const message of sub) {
    messages.push(message)
    await message.ack()
    if (messages.length === count) break
  }
  return messages
}

/** One message, unsettled, of a subscription that stays open. */
async function nextOf(sub: Subscription): Promise<Message> {
  return step(sub[Symbol.asyncIterator]())
}

async function step(loop: AsyncIterator<Message>): Promise<Message> {
  const { done, value } = await loop.next()
  expect(done).not.toBe(true)
  return value as Message
}

function numbersOf(messages: readonly Message[]): readonly number[] {
  return messages.map(({ payload }) => (payload as { n: number }).n)
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the deadline that a message came with has passed. */
async function pastDeadline({ deadline }: Message): Promise<void> {
  const leftMs = Number(deadline) - Date.now()
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs) + 50))
}
