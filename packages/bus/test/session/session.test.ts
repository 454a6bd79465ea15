import { busOver } from '@hms-sync/client/channel'
import { describe, expect, it } from 'vitest'
import type { SyncBus } from '#dist/bus.js'
import { namedPrincipal } from '#dist/security/principal.js'
import { fullBytes, type Peer } from '#dist/session/peer.js'
import { Session } from '#dist/session/session.js'
import { sessionChannel } from '#dist/session/session-channel.js'
import { BusTest } from '#dist/testing/bus-test.js'
import { freshEmbedded } from '../storage.js'

describe('a session', () => {
  it('leaves topics of the bus out of a subscription to every topic', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      const subscribed = new Promise<unknown>((resolve) => {
        const send = (text: string) => text.includes('"op":"subscribed"') && resolve(JSON.parse(text))
        const peer = { send, bufferedBytes: () => 0, close: () => {} }
        const session = new Session(bus, peer, { limits: bus.parts.project.config.limits, nameOf: namedPrincipal })
        session.receive(JSON.stringify({ op: 'hello', v: 1 }))
        session.receive(JSON.stringify({ op: 'subscribe', sub: 1, topics: null, credit: 0 }))
      })
      expect(await subscribed).toEqual({ op: 'subscribed', sub: 1, topics: ['permits'] })
    } finally {
      await t.dispose()
    }
  })

  it('keeps a subscription whose number was in use a moment before', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      const { session, frames, until, say } = converse(bus)
      say({ op: 'subscribe', sub: 1, topics: ['permits'], credit: 0 })
      await until('subscribed')
      frames.length = 0
      say({ op: 'unsubscribe', sub: 1 })
      say({ op: 'subscribe', sub: 1, topics: ['permits'], group: 'clinic', credit: 0 })
      await until('subscribed')
      await t.publishAll('permits', [1])
      say({ op: 'credit', sub: 1, n: 1 })
      await until('deliveries')
      expect(session.subscriptions).toBe(1)
    } finally {
      await t.dispose()
    }
  })

  it('refuses a subscription with a fault alone, and keeps the connection', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      const { session, frames, ended, until, say } = converse(bus)
      const faults = { policy: { retryMs: 5_000 }, qos: 1, topics: Array(257).fill('permits'), credit: -1 }
      for (const [field, value] of Object.entries(faults)) {
        frames.length = 0
        say({ op: 'subscribe', sub: 1, topics: ['permits'], group: 'clinic', credit: 1, [field]: value })
        await until('failed')
        const error = { code: 'invalid_request', detail: expect.stringContaining(`field ${field} `) }
        expect(JSON.parse(frames[0]!)).toMatchObject({ op: 'failed', sub: 1, error })
      }
      say({ op: 'subscribe', sub: 1, topics: ['permits'], group: 'clinic', credit: 1 })
      await until('subscribed')
      expect(session.subscriptions).toBe(1)
      expect(ended()).toBe(false)
      say({ op: 'subscribe', sub: 1, topics: ['permits'], credit: -1 })
      expect(ended(), 'a number that is in use').toBe(true)
    } finally {
      await t.dispose()
    }
  })

  it('lets the SDK end a subscription that it refused, with the reason, and go on with everything else', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const syncBus = await t.start({ permits: {} })
      const errors: Error[] = []
      let connections = 0
      const bus = busOver(
        async (handlers) => {
          connections++
          return sessionChannel(syncBus, syncBus.parts.project.config.limits, handlers)
        },
        { onError: (error) => errors.push(error) },
      )
      const good = bus.subscribe('permits', { group: 'clinic', from: 'all' })
      const looked = bus.subscribe('permits', { group: 'payroll', policy: { target: { pauseAfterMs: Number.POSITIVE_INFINITY } } })
      const published = bus.publish('permits', { permitId: 7 })
      await expect(looked.ready).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('field policy ') })
      const names = (from: number) => ['permits', ...Array.from({ length: 200 }, (_, n) => `t${from + n}`)]
      const together = [0, 200].map((from) => bus.subscribe(names(from), { group: 'warehouse' }).ready)
      const reason = { message: expect.stringContaining('at most 256 topics') }
      expect(await Promise.allSettled(together)).toMatchObject([{ reason }, { reason }])
      expect(errors).toEqual([])
      const unlooked = bus.subscribe('permits', () => {}, { group: 'payroll', ...{ qos: 1 } } as object)
      await expect.poll(() => errors).toMatchObject([{ code: 'invalid_request', message: expect.stringContaining('field qos ') }])
      await expect(unlooked.closed).rejects.toBe(errors[0])
      await published
      for await (const message of good) {
        expect(message.payload).toEqual({ permitId: 7 })
        break
      }
      expect(connections).toBe(1)
      await bus.close()
    } finally {
      await t.dispose()
    }
  })

  it('ends when a subscription with a fault comes before hello, or without a number', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      const stranger = converse(bus, false)
      stranger.say({ op: 'subscribe', sub: 1, topics: ['permits'], credit: -1 })
      expect(stranger.ended()).toBe(true)
      const { ended, say } = converse(bus)
      say({ op: 'subscribe', sub: 'x', topics: ['permits'], credit: 1 })
      expect(ended()).toBe(true)
    } finally {
      await t.dispose()
    }
  })

  it('stores the payload that was sent, not a text that a client sends along', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      const { frames, until, say } = converse(bus)
      say({ op: 'publish', ref: 1, topic: 'permits', events: [{ payload: { permitId: 7 }, text: '{"permitId":8},"source":"mayor"' }] })
      await until('published')
      say({ op: 'subscribe', sub: 1, topics: ['permits'], since: 'all', credit: 1 })
      await until('events')
      const { items } = JSON.parse(frames.find((text) => text.includes('"items":[{'))!) as { items: { payload: unknown; source: string }[] }
      expect(items).toMatchObject([{ payload: { permitId: 7 }, source: 'clerk' }])
    } finally {
      await t.dispose()
    }
  })

  it('ends a reader with its last topic that is removed, and says why', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {}, visits: {}, leaves: {} })
      const { frames, until, say } = converse(bus)
      say({ op: 'subscribe', sub: 1, topics: ['permits', 'visits'], credit: 10 })
      await until('subscribed')
      await bus.apply(t.project({ visits: {}, leaves: {} }), ['permits'])
      await t.publish('visits', {})
      await until('events')
      await bus.apply(t.project({ leaves: {} }), ['visits'])
      await until('failed')
      expect(JSON.parse(frames.at(-1)!)).toMatchObject({ op: 'failed', sub: 1, error: { code: 'gone' } })
    } finally {
      await t.dispose()
    }
  })

  it.each([
    ['a reader', 3 * fullBytes, { since: 'all' }],
    // What its group holds ready may go at once, but once.
    ['a member of a group', 11_000_000, { group: 'clinic', from: 'all', ackTimeoutMs: 1_000, policy: { maxAttempts: null, retryMs: [0] } }],
  ])('sends %s that does not read no more than its connection takes, whatever credit it gave', async (_who, mostBytes, asked) => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
      for (let n = 0; n < 100; n++) await t.publish('permits', { n, text: 'x'.repeat(100_000) })
      const peer = new SlowPeer()
      const session = new Session(bus, peer, { limits: bus.parts.project.config.limits, nameOf: namedPrincipal })
      session.receive(JSON.stringify({ op: 'hello', v: 1, name: 'clerk' }))
      session.receive(JSON.stringify({ op: 'subscribe', sub: 1, topics: ['permits'], credit: 1_000_000_000, ...asked }))
      while (peer.numbers.size < 100) {
        await peer.full()
        // Somebody else reads it all meanwhile, and what was not settled in time would go out again.
        for (let i = 0; i < 3; i++) {
          await t.read('permits')
          t.clock.advance(1_000)
        }
        expect(peer.bufferedBytes()).toBeLessThan(mostBytes)
        peer.read()
        session.drained()
      }
      session.closed()
    } finally {
      await t.dispose()
    }
  })
})

/** The far end of a connection that takes what it was sent only when it is told to. */
class SlowPeer implements Peer {
  readonly numbers = new Set<number>()
  #unread: string[] = []
  #bytes = 0
  #came = () => {}

  send(text: string): void {
    this.#unread.push(text)
    this.#bytes += text.length
    this.#came()
  }
  bufferedBytes(): number {
    return this.#bytes
  }
  close(): void {}

  /** Resolves when it has more unread than it should, or the last event. */
  async full(): Promise<void> {
    while (this.#bytes <= fullBytes && !this.#unread.some((text) => text.includes('"n":99,')))
      await new Promise<void>((resolve) => {
        this.#came = resolve
      })
  }

  read(): void {
    for (const text of this.#unread.splice(0)) for (const [, n] of text.matchAll(/"n":(\d+),/g)) this.numbers.add(Number(n))
    this.#bytes = 0
  }
}

/** A session of a client named clerk, and what it hears. */
function converse(bus: SyncBus, greets = true) {
  const frames: string[] = []
  let over = false
  let came = () => {}
  const peer = {
    send(text: string) {
      frames.push(text)
      came()
    },
    bufferedBytes: () => 0,
    close() {
      over = true
    },
  }
  const session = new Session(bus, peer, { limits: bus.parts.project.config.limits, nameOf: namedPrincipal })
  const until = async (op: string) => {
    while (!frames.some((text) => text.includes(`"op":"${op}"`) && !text.includes('"items":[]')))
      await new Promise<void>((resolve) => {
        came = resolve
      })
  }
  const say = (frame: object) => session.receive(JSON.stringify(frame))
  if (greets) say({ op: 'hello', v: 1, name: 'clerk' })
  return { session, frames, ended: () => over, until, say }
}
