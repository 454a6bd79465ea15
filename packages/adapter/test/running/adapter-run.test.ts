import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { idempotencyKey } from '#dist/idempotency-key.js'
import { readAdapter } from '#dist/reading/read-adapter.js'
import { AdapterRun } from '#dist/running/adapter-run.js'
import { eventOf, TestTarget } from '../test-target.js'
import { deliver } from './deliver.js'

let target: TestTarget
let run: AdapterRun

beforeEach(async () => {
  target = await TestTarget.start()
})
afterEach(async () => {
  await run.close()
  await target.close()
})

function using(map: unknown, more: object = {}): AdapterRun {
  run = new AdapterRun(readAdapter({ url: target.url, map, ...more }), 'scheduling')
  return run
}

describe('one try of one event', () => {
  it('gives the map the payload with the type beside it, and the event', async () => {
    const event = eventOf({ id: 123, approvedDate: '2024-06-01' })
    await deliver(
      using((payload: object, whole: { topic: string }) => ({ payload, topic: whole.topic })),
      event,
    )
    expect(target.got[0]?.body).toEqual({
      payload: { type: 'permitApproved', id: 123, approvedDate: '2024-06-01' },
      topic: 'permitApproved',
    })
  })

  it('lets a type of the payload’s own win, and gives other payloads as they are', async () => {
    const echo = using((payload: unknown) => [payload])
    for (const payload of [{ type: 'mine' }, [1, 2], 'text', null]) await deliver(echo, eventOf(payload))
    expect(target.got.map((got) => got.body)).toEqual([[{ type: 'mine' }], [[1, 2]], ['text'], [null]])
  })

  it('sends the same key at every try, and another for another event', async () => {
    const same = using(undefined)
    for (const attempt of [1, 2, 3]) await deliver(same, eventOf({}), attempt)
    await deliver(same, eventOf({}, { source: 'other' }))
    const keys = target.got.map((got) => got.headers['idempotency-key'])
    expect(keys).toEqual([keys[0], keys[0], keys[0], keys[3]])
    expect(keys[3]).not.toBe(keys[0])
    expect(keys[0]).toBe(idempotencyKey(eventOf({})))
  })

  it('keeps the parts of the key apart', () => {
    expect(idempotencyKey({ topic: 'a', source: 'b', id: 'c' })).not.toBe(idempotencyKey({ topic: 'a', source: 'bc', id: '' }))
    expect(idempotencyKey({ topic: 'permitApproved', source: 'hms', id: '1' })).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('waits for a promise', async () => {
    expect(
      await deliver(
        using(async () => ({ later: true })),
        eventOf({}),
      ),
    ).toMatchObject({ outcome: 'done' })
    expect(target.got[0]?.body).toEqual({ later: true })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no inspector')
      },
      /map threw at .*adapter-run\.test\.ts:\d+:\d+: Error: no inspector/,
    ],
    [
      'throws what is no error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- that a mapping may do so is what is tested
        throw 'x'
      },
      /map threw x/,
    ],
    [
      'rejects',
      async () => {
        throw new Error('later')
      },
      /map threw.*later/,
    ],
    ['gives nothing', () => undefined, /the result is undefined/],
    ['gives a function', () => () => 1, /is a function/],
    ['gives a bigint', () => ({ a: { b: 1n } }), /"a"\.b is a bigint/],
    ['gives NaN', (e: { x: number }) => ({ pay: e.x / 100 }), /"pay" is NaN/],
    ['gives a Map', () => ({ m: new Map() }), /"m" is a Map/],
    [
      'gives a circle',
      () => {
        const a: { a?: unknown } = {}
        a.a = a
        return a
      },
      /contains itself/,
    ],
    ['never settles', () => new Promise(() => {}), /did not settle within 100 ms/],
  ])('refuses the event when the map %s', async (_, map, reason) => {
    expect(await deliver(using(map, { timeoutMs: 100 }), eventOf({ y: 1 }))).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(reason),
    })
    expect(target.got).toHaveLength(0)
  })
})
