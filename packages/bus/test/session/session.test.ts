import { describe, expect, it } from 'vitest'
import { namedPrincipal } from '#dist/security/principal.js'
import { Session } from '#dist/session/session.js'
import { BusTest } from '#dist/testing/bus-test.js'
import { freshEmbedded } from '../storage.js'

describe('a session', () => {
  it('keeps a subscription whose number was in use a moment before', async () => {
    const t = new BusTest(await freshEmbedded())
    try {
      const bus = await t.start({ permits: {} })
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
        while (!frames.some((text) => text.includes(`"op":"${op}"`)))
          await new Promise<void>((resolve) => {
            came = resolve
          })
      }
      const say = (frame: object) => session.receive(JSON.stringify(frame))
      say({ op: 'hello', v: 1, name: 'clerk' })
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
})
