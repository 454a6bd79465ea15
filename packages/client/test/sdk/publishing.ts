import { expect } from 'vitest'
import type { SdkBehaviour } from './behaviour.js'
import { readAll } from './taking.js'

/** What a producer is promised. */
export const publishing: readonly SdkBehaviour[] = [
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
    title: 'publish that waits for deliveries answers what each group made of the event, for a duplicate too',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      const seen: string[] = []
      const done = bus.subscribe(topic, (message) => void seen.push(message.id), { group })
      await done.ready
      const published = await bus.publish(topic, { permitId: 7 }, { id: 'permit-7', waitFor: 'delivered' })
      expect(seen).toEqual(['permit-7'])
      expect(published).toMatchObject({ id: 'permit-7', duplicate: false, outcomes: [{ group, outcome: 'delivered', attempts: 1 }] })
      const again = await bus.publish(topic, { permitId: 7 }, { id: 'permit-7', waitFor: 'delivered' })
      expect(again).toEqual({ ...published, duplicate: true })
    },
  },
  {
    title: 'publish that waits for deliveries answers `pending` when the time is up, and never fails for it',
    async run({ open, makeTopic, group }) {
      const [bus, topic] = [await open(), await makeTopic()]
      const nobody = await bus.publish(topic, { permitId: 6 }, { waitFor: 'delivered', timeoutMs: 2_000 })
      expect(nobody.outcomes).toEqual([])
      const busy = bus.subscribe(topic, { group })
      await busy.ready
      const published = await bus.publish(topic, { permitId: 7 }, { waitFor: 'delivered', timeoutMs: 50 })
      expect(published).toMatchObject({ duplicate: false, outcomes: [{ group, outcome: 'pending' }] })
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
]
