import { describe, expect, it } from 'vitest'
import type { SyncBus } from '#dist/bus.js'
import { namedPrincipal } from '#dist/security/principal.js'
import { Session } from '#dist/session/session.js'
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
})

/** A session of a client named clerk, and what it hears. */
function converse(bus: SyncBus) {
  const frames: string[] = []
  let came = () => {}
  const peer = {
    send(text: string) {
      frames.push(text)
      came()
    },
    bufferedBytes: () => 0,
    close: () => {},
  }
  const session = new Session(bus, peer, { limits: bus.parts.project.config.limits, nameOf: namedPrincipal })
  const until = async (op: string) => {
    while (!frames.some((text) => text.includes(`"op":"${op}"`) && !text.includes('"items":[]')))
      await new Promise<void>((resolve) => {
        came = resolve
      })
  }
  const say = (frame: object) => session.receive(JSON.stringify(frame))
  say({ op: 'hello', v: 1, name: 'clerk' })
  return { session, frames, until, say }
}
