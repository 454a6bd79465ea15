import { blocking, watchBlocking } from '@hms-sync/adapter/host'
import { expect, it } from 'vitest'
import { beats, blocked } from '#dist/adapters/protocol.js'
import { Watchdog } from '#dist/adapters/watchdog.js'
import { ManualClock } from '#dist/testing/index.js'

function watching(): { readonly pulse: Int32Array; readonly silent: () => boolean; pass(ms: number): void } {
  const clock = new ManualClock()
  let silent = false
  const { pulse } = new Watchdog(clock, 5_000, () => {
    silent = true
  })
  Atomics.add(pulse, beats, 1)
  return {
    pulse,
    silent: () => silent,
    pass(ms) {
      for (let passed = 0; passed < ms; passed += 500) clock.advance(500)
    },
  }
}

it('calls a thread silent that has not beaten for its time, and not before', () => {
  const { pulse, silent, pass } = watching()
  pass(4_500)
  Atomics.add(pulse, beats, 1)
  pass(4_500)
  expect(silent()).toBe(false)
  pass(2_000)
  expect(silent()).toBe(true)
})

it('leaves a sink that holds the thread twelve times as long, and no longer', () => {
  const { pulse, silent, pass } = watching()
  Atomics.store(pulse, blocked, 1)
  pass(55_000)
  expect(silent()).toBe(false)
  pass(8_000)
  expect(silent()).toBe(true)
})

it('is told when a sink holds the thread, also when what it does fails', () => {
  const told: boolean[] = []
  watchBlocking((isBlocked) => told.push(isBlocked))
  expect(blocking(() => [...told])).toEqual([true])
  expect(() =>
    blocking(() => {
      throw new Error('disk')
    }),
  ).toThrow('disk')
  expect(told).toEqual([true, false, true, false])
})
