import { describe, expect, it } from 'vitest'
import type { Message } from '#dist/bus.js'
import { connected, event, turns, until } from '../scripted-bus.js'

describe('a nameless reader', () => {
  it('reads from `since`, settles nothing, and ends where `until: now` ends', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const message of bus.subscribe('t', { group: null, since: '10m', until: 'now' })) {
        seen.push(message.payload)
        expect(message.deadline).toBeNull()
        await message.ack()
      }
    })()
    const asked = await peer.take('subscribe')
    expect(asked).toMatchObject({ topics: ['t'], since: '10m', until: 'now' })
    expect(asked).not.toHaveProperty('group')
    peer.accept(asked)
    peer.say({ op: 'events', sub: asked.sub, topic: 't', next: 'c1', items: [event('t', 1), event('t', 2)] })
    peer.say({ op: 'ended', sub: asked.sub })
    await loop
    expect(seen).toEqual([1, 2])
    expect(peer.count('settle')).toBe(0)
    await bus.close()
  })

  it('goes on behind the last cursor of each topic after a reconnect', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe(['a', 'b'], { since: 'all' })[Symbol.asyncIterator]()
    const first = loop.next()
    const { sub } = await peer.take('subscribe')
    peer.say({ op: 'events', sub, topic: 'a', next: 'a0', items: [] })
    peer.say({ op: 'events', sub, topic: 'b', next: 'b0', items: [] })
    peer.say({ op: 'events', sub, topic: 'a', next: 'a2', items: [event('a', 1), event('a', 2)] })
    expect((await first).value).toMatchObject({ payload: 1 })
    peer.drop()
    expect((await peer.take('subscribe')).after).toEqual({ a: 'a2', b: 'b0' })
    expect((await loop.next()).value).toMatchObject({ payload: 2 })
    await bus.close()
  })

  it('asks for more by half windows, and only as it reads', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe('t', { since: 'all' })[Symbol.asyncIterator]()
    const { sub, credit } = await peer.take('subscribe')
    peer.say({
      op: 'events',
      sub,
      topic: 't',
      next: 'c',
      items: Array.from({ length: credit }, (_, n) => event('t', { n, text: 'x'.repeat(100_000) })),
    })
    await turns()
    expect(peer.count('credit')).toBe(0)
    for (let n = 0; n < credit; n++) expect(((await loop.next()).value as Message).payload).toMatchObject({ n })
    const more = await peer.take('credit')
    expect(more.n).toBeLessThan(credit)
    await bus.close()
  })

  it('keeps the order of a key in a handler', async () => {
    const { peer, bus } = await connected()
    const log: string[] = []
    const handler = async ({ payload }: Message): Promise<void> => {
      log.push(`begin ${JSON.stringify(payload)}`)
      await turns(3)
      log.push(`end ${JSON.stringify(payload)}`)
    }
    bus.subscribe('t', handler, { since: 'all' })
    const { sub } = await peer.take('subscribe')
    peer.say({
      op: 'events',
      sub,
      topic: 't',
      next: 'c',
      items: [event('t', 'a1', { key: 'a' }), event('t', 'a2', { key: 'a' }), event('t', 'b1', { key: 'b' })],
    })
    await until(() => log.length === 6)
    expect(log.indexOf('begin "a2"')).toBeGreaterThan(log.indexOf('end "a1"'))
    expect(log.indexOf('begin "b1"')).toBeLessThan(log.indexOf('end "a1"'))
    await bus.close()
  })

  it('tells onGap what was trimmed, or onError when nobody asked', async () => {
    const { peer, bus, errors } = await connected()
    const gaps: unknown[] = []
    bus.subscribe('t', () => {}, { since: 'all', onGap: (gap) => gaps.push(gap) })
    bus.subscribe('t', () => {}, { since: 'all' })
    const [one, other] = [await peer.take('subscribe'), await peer.take('subscribe')]
    for (const { sub } of [one, other]) peer.say({ op: 'gap', sub, topic: 't', first: '0-1', last: '0-9' })
    expect(gaps).toMatchObject([{ topic: 't', first: '0-1', last: '0-9' }])
    expect(errors).toMatchObject([{ code: 'gap', message: expect.stringContaining('0-9') }])
    await bus.close()
  })

  it('says once that it only tails', async () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', listen)
    const { bus } = await connected()
    bus.subscribe('t', () => {})
    bus.subscribe('t', () => {})
    bus.subscribe('t', () => {}, { group: null })
    await until(() => warnings.length > 0)
    await turns()
    expect(warnings.filter((text) => text.includes('HMS_SYNC_NAME'))).toHaveLength(1)
    process.off('warning', listen)
    await bus.close()
  })

  it('ends its loop with the reason when the bus drops it', async () => {
    const { peer, bus } = await connected()
    const sub = bus.subscribe('t', { since: 'all' })
    const next = sub[Symbol.asyncIterator]().next()
    const asked = await peer.take('subscribe')
    peer.say({
      op: 'ended',
      sub: asked.sub,
      error: { type: '', title: '', status: 408, detail: 'It does not read.', code: 'slow_consumer' },
    })
    await expect(next).rejects.toMatchObject({ code: 'slow_consumer' })
    await bus.close()
  })
})
