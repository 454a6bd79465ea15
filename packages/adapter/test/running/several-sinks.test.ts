import { afterEach, describe, expect, it } from 'vitest'
import { readAdapter } from '#dist/reading/read-adapter.js'
import { AdapterRun } from '#dist/running/adapter-run.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'
import { eventOf } from '../test-target.js'
import { deliver } from './deliver.js'

/** A sink that keeps what it got and answers as told. */
class KeepingSink implements Sink {
  readonly kind = 'keeping'
  readonly target: string = 'memory'
  readonly effect = 'idempotent'
  readonly timeoutMs = 100
  readonly calls: (readonly SinkDelivery[])[] = []
  maxBatch = 1
  concurrency = 4
  answer: (delivery: SinkDelivery) => SinkOutcome | Promise<SinkOutcome> = () => ({
    outcome: 'done',
    detail: { request: `put ${this.calls.length}` },
  })
  probe?: NonNullable<Sink['probe']>

  constructor(fields: Partial<KeepingSink> = {}) {
    Object.assign(this, fields)
  }

  get values(): readonly unknown[] {
    return this.calls.flat().map(({ value }) => value)
  }

  async apply(deliveries: readonly SinkDelivery[]): Promise<readonly SinkOutcome[]> {
    this.calls.push(deliveries)
    return Promise.all(deliveries.map(async (delivery) => this.answer(delivery)))
  }

  async close(): Promise<void> {}
}

let run: AdapterRun

function running(config: object): AdapterRun {
  run = new AdapterRun(readAdapter(config), 'warehouse')
  return run
}
afterEach(() => run.close())

describe('an adapter with several sinks', () => {
  it('gives an event to each that takes it, in the order written', async () => {
    const [first, second, third] = [new KeepingSink(), new KeepingSink(), new KeepingSink()]
    running({
      sinks: [
        { topics: 'permitApproved', map: (permit: { id: number }) => Object.assign(permit, { id: 9 }), to: first },
        { match: { id: 7 }, map: { id: 'id' }, to: second },
        { topics: 'other', to: third },
      ],
    })
    expect(await deliver(run, eventOf({ id: 7 }))).toMatchObject({ outcome: 'done', filtered: false, detail: { request: 'put 1 + put 1' } })
    expect([first.values, second.values, third.values]).toEqual([[{ type: 'permitApproved', id: 9 }], [{ id: 7 }], []])
    expect(await deliver(run, eventOf({ id: 8 }, { topic: 'unheard' }))).toMatchObject({ outcome: 'done', filtered: true })
  })

  it('passes over what has the event already when it comes again, unless it was edited meanwhile', async () => {
    let fails = 2
    const [first, second] = [new KeepingSink(), new KeepingSink()]
    second.answer = () => (fails-- > 0 ? { outcome: 'retry', scope: 'event', reason: 'busy' } : { outcome: 'done' })
    running({ sinks: [{ to: first }, { to: second }] })
    expect(await deliver(run, eventOf({ id: 1 }))).toMatchObject({ outcome: 'retry', reason: 'busy' })
    expect(await deliver(run, eventOf({ id: 1 }), 2)).toMatchObject({ outcome: 'retry' })
    expect(await deliver(run, eventOf({ id: 2 }), 3)).toMatchObject({ outcome: 'done' })
    expect(first.values).toEqual([{ id: 1 }, { id: 2 }])
    expect(second.values).toEqual([{ id: 1 }, { id: 1 }, { id: 2 }])
  })

  it('tells each sink whose delivery it is, and two that write to one place apart', async () => {
    const [first, second, elsewhere] = [new KeepingSink(), new KeepingSink(), new KeepingSink({ target: 'disk' })]
    running({ sinks: [{ to: first }, { to: elsewhere }, { to: second }] })
    await deliver(run, eventOf({ id: 1 }))
    expect([first, second, elsewhere].map(({ calls }) => calls[0]?.[0]?.adapter)).toEqual(['warehouse', 'warehouse#2', 'warehouse'])
  })

  it('says what each sink would be sent, and sends nothing', async () => {
    const sink = new KeepingSink()
    running({
      sinks: [
        { to: sink, map: '{ "n": id }' },
        { to: sink, match: { id: 1 } },
        { to: sink, map: '$error("no")' },
        { to: sink, topics: 'other' },
        { to: { http: { url: 'http://127.0.0.1:9000/permits/{id}', headers: { 'x-key': 'secret-token' } } } },
      ],
    })
    expect(await run.test(eventOf({ id: 7 }))).toEqual([
      { kind: 'keeping', target: 'memory', verdict: 'sends', value: { n: 7 }, request: null },
      { kind: 'keeping', target: 'memory', verdict: 'skips', reason: 'match: id is not 1' },
      { kind: 'keeping', target: 'memory', verdict: 'refuses', reason: expect.stringContaining('no') },
      { kind: 'keeping', target: 'memory', verdict: 'skips', reason: 'topics: permitApproved is not among them' },
      {
        kind: 'http',
        target: 'http://127.0.0.1:9000',
        verdict: 'sends',
        value: { id: 7 },
        request: expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:9000\/permits\/7\n/),
      },
    ])
    expect(sink.calls).toEqual([])
  })
})

describe('the way into a sink', () => {
  it('gathers what waits into one call, and no more calls than allowed', async () => {
    let atOnce = 0
    let most = 0
    const sink = new KeepingSink({ maxBatch: 10, concurrency: 2 })
    sink.answer = async () => {
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce--
      return { outcome: 'done' }
    }
    running({ to: sink, rateLimit: { concurrent: 1 } })
    const ends = await Promise.all(Array.from({ length: 25 }, (_, id) => deliver(run, eventOf({ id }, { id: String(id) }))))
    expect(sink.calls.map((call) => call.length)).toEqual([10, 10, 5])
    expect(most).toBe(10)
    expect(ends.every(({ outcome }) => outcome === 'done')).toBe(true)
    expect(run.concurrency).toBe(10)
  })

  it('reads a throw, too few outcomes and no answer at all as unknown', async () => {
    const sink = new KeepingSink({ maxBatch: 2 })
    running({ to: sink })
    sink.apply = async () => Promise.reject(new Error('disk'))
    expect(await deliver(run, eventOf(1))).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('disk'),
      detail: { errorClass: 'sink' },
    })
    sink.apply = async () => []
    expect(await deliver(run, eventOf(1))).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('no outcome') })
    sink.apply = () => new Promise(() => {})
    expect(await deliver(run, eventOf(1))).toMatchObject({ outcome: 'unknown', detail: { errorClass: 'timeout' } })
  })

  it('asks what became of an unknown delivery, at once and before it sends it again', async () => {
    const asked: number[] = []
    let knows: 'applied' | 'absent' | 'unknown' = 'unknown'
    const sink = new KeepingSink({
      answer: () => ({ outcome: 'unknown', reason: 'no answer' }),
      probe: async ({ attempt }) => {
        asked.push(attempt)
        return knows
      },
    })
    running({ to: sink })
    expect(await deliver(run, eventOf(1))).toMatchObject({ outcome: 'unknown' })
    knows = 'absent'
    expect(await deliver(run, eventOf(1), 2)).toMatchObject({
      outcome: 'retry',
      scope: 'event',
      reason: 'no answer; the system does not have it',
    })
    expect(asked).toEqual([1, 2, 2])
    knows = 'applied'
    expect(await deliver(run, eventOf(1), 3)).toMatchObject({ outcome: 'done' })
    expect(sink.calls).toHaveLength(2)
    // In doubt, though the try did not count.
    knows = 'unknown'
    await deliver(run, eventOf(2, { id: 'e-2' }))
    knows = 'applied'
    expect(await deliver(run, eventOf(2, { id: 'e-2' }))).toMatchObject({ outcome: 'done' })
    expect(sink.calls).toHaveLength(3)
  })
})
