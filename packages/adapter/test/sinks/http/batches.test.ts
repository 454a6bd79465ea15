import { afterEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import type { SinkDelivery, SinkOutcome } from '../../../src/sink.js'
import type { HttpBatch, HttpOptions } from '../../../src/sinks/http/http-options.js'
import { eventOf, type Got, TestTarget } from '../../test-target.js'
import { HttpBench } from './sink-bench.js'

const bench = new HttpBench()
const never = new AbortController().signal
let target: TestTarget | undefined
afterEach(async () => {
  await bench.close()
  await target?.close()
})

/** Events of a key each, whose payload and value are these. */
function deliveries(values: readonly object[], keys: readonly (string | undefined)[] = values.map((_, i) => `key-${i}`)): SinkDelivery[] {
  return values.map((value, i) => ({
    event: eventOf(value as never, { id: `e-${i}`, ...(keys[i] === undefined ? {} : { key: keys[i] }) }),
    value: value as never,
    attempt: 1,
    idempotencyKey: `k-${i}`,
  }))
}

async function apply(batch: HttpBatch, events: readonly SinkDelivery[], options: Partial<HttpOptions> = {}, answer?: TestTarget['answer']) {
  target = await TestTarget.start()
  if (answer !== undefined) target.answer = answer
  const sink = bench.sink({ url: target.url, batch, ...options })
  const outcomes = await sink.apply(events, never)
  return { outcomes, got: target.got }
}

/** A system that takes a body when nothing in it is bad. */
const refusesBad: TestTarget['answer'] = (response, got) => response.writeHead(got.raw.includes('bad') ? 422 : 200).end()

const ids = (got: readonly Got[]) => got.map(({ body }) => (body as { readonly n: number }[]).map(({ n }) => n))
const kinds = (outcomes: readonly SinkOutcome[]) => outcomes.map(({ outcome }) => outcome)

describe('a sink with batches', () => {
  it('sends the events of a call as one JSON array, in their order', async () => {
    const { outcomes, got } = await apply({ size: 100 }, deliveries([{ n: 1 }, { n: 2 }, { n: 3 }]))
    expect(kinds(outcomes)).toEqual(['done', 'done', 'done'])
    expect(got).toHaveLength(1)
    expect(got[0]).toMatchObject({ body: [{ n: 1 }, { n: 2 }, { n: 3 }], headers: { 'content-type': 'application/json' } })
  })

  it('sends them as lines where that is asked', async () => {
    const { got } = await apply({ size: 100, as: 'ndjson' }, deliveries([{ n: 1 }, { note: 'a\nb' }]))
    expect(got[0]).toMatchObject({ raw: '{"n":1}\n{"note":"a\\nb"}\n', headers: { 'content-type': 'application/x-ndjson' } })
  })

  it('tells its host how many it takes, and that a repeat may be put together otherwise', () => {
    expect(bench.sink({ url: 'https://x.gov', batch: { size: 25 } })).toMatchObject({ maxBatch: 25, effect: 'at_least_once' })
  })

  it('keeps to the size and to the bytes of a batch; what is larger goes alone', async () => {
    const bySize = await apply({ size: 2 }, deliveries([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }, { n: 5 }]), { concurrency: 1 })
    expect(ids(bySize.got)).toEqual([[1, 2], [3, 4], [5]])
    const big = (n: number, length: number) => ({ n, text: 'x'.repeat(length) })
    const events = deliveries([big(1, 500), big(2, 400), big(3, 400), big(4, 3_000), big(5, 10)])
    const byBytes = await apply({ size: 100, maxBytes: 1_024 }, events, { concurrency: 1 })
    expect(ids(byBytes.got)).toEqual([[1, 2], [3], [4], [5]])
    for (const { raw, body } of byBytes.got) if ((body as unknown[]).length > 1) expect(Buffer.byteLength(raw)).toBeLessThanOrEqual(1_024)
  })

  it('puts together only what goes to the same address', async () => {
    const events = deliveries([{ n: 1, office: 'north' }, { n: 2, office: 'south' }, { n: 3, office: 'north' }, { n: 4 }])
    target = await TestTarget.start()
    const sink = bench.sink({ url: `${target.url}/{office}`, batch: { size: 10 }, concurrency: 1 })
    const outcomes = await sink.apply(events, never)
    expect(target.got.map(({ path }) => path)).toEqual(['/north', '/south'])
    expect(ids(target.got)).toEqual([[1, 3], [2]])
    expect(kinds(outcomes)).toEqual(['done', 'done', 'done', 'refused'])
    expect(outcomes[3]).toMatchObject({ reason: 'url: {office} is missing in this event', detail: { errorClass: 'mapping' } })
  })

  it('gives a batch a key over those of its members, and one event its own', async () => {
    const once = await apply({ size: 10 }, deliveries([{ n: 1 }, { n: 2 }]))
    const again = await apply({ size: 10 }, deliveries([{ n: 1 }, { n: 2 }]))
    const other = await apply({ size: 10 }, deliveries([{ n: 1 }, { n: 2 }, { n: 3 }]))
    const alone = await apply({ size: 10 }, deliveries([{ n: 1 }]))
    const [first, second, third, single] = [once, again, other, alone].map(({ got }) => got[0]?.headers['idempotency-key'])
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(single).toBe('k-0')
  })

  it.each([400, 409, 413, 422])('sends a batch that is answered %i one by one, so that one bad event condemns no other', async (status) => {
    const { outcomes, got } = await apply(
      { size: 10 },
      deliveries([{ n: 1 }, { n: 2, bad: true }, { n: 3 }]),
      { concurrency: 1 },
      (response, { raw }) => response.writeHead(raw.includes('bad') ? status : 200).end(),
    )
    expect(kinds(outcomes)).toEqual(['done', 'refused', 'done'])
    expect(ids(got)).toEqual([[1, 2, 3], [1], [2], [3]])
    expect(new Set(got.map(({ headers }) => headers['idempotency-key'])).size).toBe(4)
  })

  it.each([
    [500, 'retry'],
    [503, 'retry'],
    [404, 'refused'],
    [302, 'refused'],
    [504, 'unknown'],
  ])('takes an answer of %i for all of its events', async (status, outcome) => {
    const { outcomes, got } = await apply({ size: 10 }, deliveries([{ n: 1 }, { n: 2 }]), {}, (response) =>
      response.writeHead(status).end(),
    )
    expect(kinds(outcomes)).toEqual([outcome, outcome])
    expect(got).toHaveLength(1)
  })

  it('keeps the order of a key that occurs twice in a call, and stops it at what is not taken', async () => {
    const events = deliveries([{ n: 1 }, { n: 2, bad: true }, { n: 3 }, { n: 4 }, { n: 5 }], ['a', 'b', 'a', 'b', undefined])
    const { outcomes, got } = await apply({ size: 10 }, events, { concurrency: 1 }, refusesBad)
    expect(ids(got)).toEqual([[1, 2, 5], [1], [2], [5], [3]])
    expect(kinds(outcomes)).toEqual(['done', 'refused', 'done', 'retry', 'done'])
  })

  it('hands on the trace of one event, and of several none', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const traced = deliveries([{ n: 1 }, { n: 2 }]).map((delivery) => ({ ...delivery, event: { ...delivery.event, traceparent } }))
    expect((await apply({ size: 10 }, traced)).got[0]?.headers.traceparent).toBeUndefined()
    expect((await apply({ size: 10 }, traced.slice(0, 1))).got[0]?.headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/)
  })

  it.each<[object, readonly string[]]>([
    [{ batch: 100 }, ['/batch']],
    [{ batch: {} }, ['/batch/size']],
    [{ batch: { size: 0, as: 'csv', maxBytes: 1, every: '1s' } }, ['/batch/every', '/batch/as', '/batch/size', '/batch/maxBytes']],
    [{ batch: { size: 1_001 } }, ['/batch/size']],
    [{ batch: { size: 2 }, method: 'DELETE' }, ['/batch']],
    [{ batch: { size: 2 }, capture: { id: 'id' } }, ['/capture']],
  ])('finds fault with %j', (options, pointers) => {
    expect(() => http({ url: 'https://x.gov', ...options })).toThrow(
      expect.objectContaining({ code: 'invalid_config', faults: pointers.map((pointer) => expect.objectContaining({ pointer })) }),
    )
  })
})
