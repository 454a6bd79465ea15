import { setImmediate as turn } from 'node:timers/promises'
import type { Adapter, SinkOutcome } from '@hms-sync/adapter/host'
import { describe, expect, it } from 'vitest'
import type { FromWorker } from '#dist/adapters/protocol.js'
import { Lane } from '#dist/adapters/worker/lane.js'

const concurrency = 2

function laneOf(apply: () => Promise<readonly SinkOutcome[]>) {
  const messages: Extract<FromWorker, { op: 'outcomes' }>[] = []
  const sink = {
    kind: 'fake',
    target: 'fake',
    effect: 'idempotent',
    maxBatch: 1,
    concurrency,
    timeoutMs: 10_000,
    apply,
    close: async () => {},
  }
  const route = { topics: { kind: 'all' }, mismatch: null, filter: null, map: (payload: unknown) => payload, to: sink, concurrency }
  const adapter = { routes: [route] } as unknown as Adapter
  const lane = new Lane({ id: 1, name: 'fake' }, adapter, (message) => messages.push(message as (typeof messages)[number]))
  const give = (count: number) => lane.take(Array.from({ length: count }, (_, i) => [i, 1, eventText(i)]).flat())
  /** Four values a delivery that is done. */
  return { lane, give, messages, reported: () => messages.reduce((sum, { done }) => sum + done.length / 4, 0) }
}

function eventText(i: number): string {
  return JSON.stringify({ id: `e${i}`, topic: 't', source: 's', key: `k${i}`, payload: { i } })
}

const done: readonly SinkOutcome[] = [{ outcome: 'done' }]

describe('the outcomes of a lane', () => {
  it('gather over turns of the loop while what is at hand keeps the system busy, and are all told', async () => {
    const { lane, give, messages, reported } = laneOf(async () => {
      await turn()
      return done
    })
    give(400)
    for (let turns = 0; turns < 1_000 && reported() < 400; turns++) await turn()
    expect(reported()).toBe(400)
    expect(messages.length).toBeLessThan(400 / (4 * concurrency))
    lane.close()
  })

  it('are told at once when the next turn brings no more, however much is at hand', async () => {
    let first: (() => void) | undefined
    const { lane, give, reported } = laneOf(async () => {
      await new Promise<void>((resolve) => (first ??= resolve))
      return done
    })
    give(10)
    await turn()
    first!()
    for (let turns = 0; turns < 5; turns++) await turn()
    expect(reported()).toBe(1)
    lane.close()
  })
})
