import { expect, it } from 'vitest'
import { Target } from '#dist/delivery/targets/target.js'
import { ManualClock } from '#dist/testing/manual-clock.js'

const stepMs = 50

/** A system that is away while `backlog` events wait for it and comes back while `perSecond` come in: events sent in each second from then on, until nothing waits. */
function comeBack({ backlog, perSecond, seconds }: { readonly backlog: number; readonly perSecond: number; readonly seconds: number }) {
  const clock = new ManualClock()
  let received = 0
  let waiting = backlog
  let out = 0
  const dispatch = (): void => {
    const count = Math.min(waiting, target.allowance())
    if (count === 0) return void (waiting === 0 && target.drained())
    waiting -= count
    out += count
    target.sent(count)
  }
  const target: Target = new Target({ ratePerSecond: null, pauseAfterMs: 1e9 }, clock, {
    dispatch,
    targetChanged() {},
    received: () => received,
  })
  target.failed('it refuses connections')
  clock.advance(1_000)
  target.answered()
  const sent: number[] = []
  while (sent.length < seconds && target.health().state === 'recovering') {
    out = 0
    for (let ms = 0; ms < 1_000; ms += stepMs) {
      received += (perSecond * stepMs) / 1_000
      waiting += (perSecond * stepMs) / 1_000
      clock.advance(stepMs)
      dispatch()
    }
    sent.push(out)
  }
  return { sent, waiting, state: target.health().state }
}

it('sends 200 a second to a system that is back when no steady rate is known', () => {
  const { sent, state } = comeBack({ backlog: 3_000, perSecond: 20, seconds: 60 })
  expect(Math.max(...sent.slice(1))).toBeLessThanOrEqual(210)
  expect(sent.length).toBeLessThan(20)
  expect(state).toBe('healthy')
})

it('sends twice what comes in when that is more, so that what waits is through some day', () => {
  const { sent, state } = comeBack({ backlog: 3_000, perSecond: 500, seconds: 120 })
  expect(Math.max(...sent)).toBeLessThanOrEqual(1_150)
  expect(state).toBe('healthy')
})
