import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SyncError, toProblem } from '#dist/errors.js'
import { connected, type ScriptedBus } from './scripted-bus.js'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** What the bus says when it ends a connection, and that it does. */
function end(peer: ScriptedBus): void {
  peer.say({ op: 'closing', error: toProblem(new SyncError('invalid_request', 'The field topics is wrong.')) })
  peer.drop()
}

it('waits longer each time before it connects again to a bus that ends each connection at once, and tells once', async () => {
  const { peer, bus, errors } = await connected()
  let ended = 0
  for (let passedMs = 0; passedMs < 30_000; passedMs += 10) {
    if (peer.connected && peer.hellos.length > ended) {
      ended = peer.hellos.length
      end(peer)
    }
    await vi.advanceTimersByTimeAsync(10)
  }
  // 0.2, 0.4, 0.8, 1.6, 3.2 and then 5 seconds apart.
  expect(ended).toBeLessThanOrEqual(11)
  expect(ended).toBeGreaterThanOrEqual(9)
  expect(errors).toMatchObject([{ code: 'invalid_request', message: 'The field topics is wrong.' }])
  await Promise.all([bus.close(), vi.advanceTimersByTimeAsync(100)])
})

it('comes back at once when a connection is lost that stood for a while, and says nothing', async () => {
  const { peer, bus, errors } = await connected()
  for (let lost = 1; lost <= 30; lost++) {
    await vi.advanceTimersByTimeAsync(500)
    end(peer)
    await vi.advanceTimersByTimeAsync(110)
    expect(peer.hellos).toHaveLength(lost + 1)
  }
  expect(errors).toEqual([])
  await Promise.all([bus.close(), vi.advanceTimersByTimeAsync(100)])
})
