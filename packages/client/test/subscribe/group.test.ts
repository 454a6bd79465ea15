import { describe, expect, it, vi } from 'vitest'
import type { Message } from '#dist/bus.js'
import { connected, delivery, turns, until } from '../scripted-bus.js'

describe('a for await loop in a group', () => {
  it('takes one delivery at a time and asks for the next when it asks for the next', async () => {
    const { peer, bus } = await connected({ name: 'city-health' })
    const sub = bus.subscribe('inspections.status')
    const loop = sub[Symbol.asyncIterator]()
    const next = loop.next()
    const asked = await peer.take('subscribe')
    expect(asked).toMatchObject({ topics: ['inspections.status'], group: 'city-health', credit: 1 })
    peer.accept(asked)
    await sub.ready
    peer.deliver(asked.sub, delivery('inspections.status', { inspectionId: 42 }, { key: '42' }))
    const { value } = (await next) as { value: Message }
    expect(JSON.parse(value.data)).toEqual({ inspectionId: 42 })
    expect(JSON.parse(value as unknown as string)).toEqual({ inspectionId: 42 })
    expect(value).toMatchObject({ topic: 'inspections.status', key: '42', attempt: 1, payload: { inspectionId: 42 } })
    expect(value.deadline).toBeInstanceOf(Date)
    const acked = value.ack()
    const settle = await peer.take('settle')
    expect(settle.items).toEqual([{ outcome: 'done', token: `token-${value.event.position}` }])
    await turns()
    expect(peer.count('credit')).toBe(0)
    peer.confirm(settle)
    await acked
    const second = loop.next()
    expect((await peer.take('credit')).n).toBeGreaterThanOrEqual(1)
    await bus.close()
    expect(await second).toEqual({ done: true, value: undefined })
  })

  it('does not ask for a delivery before somebody iterates', async () => {
    const { peer, bus } = await connected()
    const sub = bus.subscribe('t', { group: 'g' })
    const asked = await peer.take('subscribe')
    expect(asked.credit).toBe(0)
    peer.accept(asked)
    void sub[Symbol.asyncIterator]().next()
    expect((await peer.take('credit')).n).toBe(1)
    await bus.close()
  })

  it('gets the next message when the lease of one that was neither acked nor nacked is over', async () => {
    const { peer, bus } = await connected()
    const seen: unknown[] = []
    const loop = (async () => {
      for await (const message of bus.subscribe('t', { group: 'g', ackTimeoutMs: 100 })) {
        seen.push(message.payload)
        if (seen.length === 2) break
      }
    })()
    const { sub, ackTimeoutMs } = await peer.take('subscribe')
    expect(ackTimeoutMs).toBe(100)
    peer.deliver(sub, delivery('t', 'first'))
    await peer.take('credit')
    peer.deliver(sub, delivery('t', 'second'))
    await loop
    expect(seen).toEqual(['first', 'second'])
    await bus.close({ timeoutMs: 10 })
  })

  it('keeps what was fetched ahead while its body has time', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe('t', { group: 'g', concurrency: 2, ackTimeoutMs: 100 })[Symbol.asyncIterator]()
    const next = loop.next()
    const { sub } = await peer.take('subscribe')
    const ahead = delivery('t', 'ahead')
    peer.deliver(sub, delivery('t', 'long'), ahead)
    const message = (await next).value as Message
    void message.extend(60_000)
    peer.confirm(await peer.take('settle'))
    // Each comes before the lease is over that the one before it asked for.
    for (let renewals = 0; renewals < 3; renewals++) {
      const renewed = await peer.take('settle')
      expect(renewed.items).toEqual([{ outcome: 'extend', byMs: 100, token: ahead.token }])
      peer.confirm(renewed)
    }
    const acked = message.ack()
    peer.confirm(await peer.take('settle'))
    await acked
    expect((await loop.next()).value).toMatchObject({ payload: 'ahead' })
    await bus.close({ timeoutMs: 10 })
  })

  it('loses at once what was fetched ahead when the bus refuses to renew it', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe('t', { group: 'g', concurrency: 2, ackTimeoutMs: 100 })[Symbol.asyncIterator]()
    const next = loop.next()
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 'long'), delivery('t', 'ahead'))
    const message = (await next).value as Message
    void message.extend(60_000)
    peer.confirm(await peer.take('settle'))
    peer.say({ op: 'settled', ref: (await peer.take('settle')).ref, results: ['expired'] })
    expect((await peer.take('credit')).n).toBe(1)
    await bus.close({ timeoutMs: 10 })
  })

  it('asks for others in place of those whose time ran out before their turn', async () => {
    const { peer, bus } = await connected()
    const next = bus.subscribe('t', { group: 'g', concurrency: 2, ackTimeoutMs: 100 })[Symbol.asyncIterator]().next()
    const { sub, credit } = await peer.take('subscribe')
    expect(credit).toBe(2)
    peer.deliver(sub, delivery('t', 'hangs'), delivery('t', 'waits'))
    await next
    expect((await peer.take('credit')).n).toBe(1)
    await bus.close({ timeoutMs: 10 })
  })

  it('settles before it hands back when the loop is left', async () => {
    const { peer, bus } = await connected()
    const loop = (async () => {
      for await (const message of bus.subscribe('t', { group: 'g' })) {
        void message.ack()
        break
      }
    })()
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    await loop
    await peer.take('unsubscribe')
    expect(peer.frames.map(({ op }) => op)).toEqual(['subscribe', 'settle', 'unsubscribe'])
    peer.confirm(await peer.take('settle'))
    await bus.close()
  })

  it('refuses the ack of a message whose connection was lost, and goes on with the next', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe('t', { group: 'g' })[Symbol.asyncIterator]()
    const first = loop.next()
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    const message = (await first).value as Message
    peer.drop()
    const second = loop.next()
    const again = await peer.take('subscribe')
    expect(again.sub).toBe(sub)
    await expect(message.ack()).rejects.toMatchObject({ code: 'expired' })
    peer.deliver(sub, delivery('t', 1, { attempt: 1 }))
    expect((await second).value).toMatchObject({ payload: 1 })
    await bus.close()
  })

  it('throws the reason when the bus refuses the subscription, and tells nobody else', async () => {
    const { peer, bus, errors } = await connected()
    const sub = bus.subscribe('nope', { group: 'g' })
    const loop = (async () => {
      for await (const _ of sub);
    })()
    const asked = await peer.take('subscribe')
    peer.say({
      op: 'failed',
      sub: asked.sub,
      error: { type: '', title: '', status: 404, detail: 'There is no topic "nope".', code: 'unknown_topic' },
    })
    await expect(loop).rejects.toMatchObject({ code: 'unknown_topic' })
    await expect(sub.ready).rejects.toMatchObject({ code: 'unknown_topic' })
    await expect(sub.closed).rejects.toMatchObject({ code: 'unknown_topic' })
    await turns()
    expect(errors).toEqual([])
    await bus.close()
  })

  it('fetches ahead for a loop that has shown to be fast, and stops after one slow turn', async () => {
    let nowMs = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    const { peer, bus } = await connected()
    let gate: Promise<void> | undefined
    let open = (): void => {}
    const loop = (async () => {
      for await (const message of bus.subscribe('t', { group: 'g' })) {
        void message.ack().catch(() => {})
        await gate
      }
    })()
    const { sub, credit } = await peer.take('subscribe')
    let granted = credit
    for (let n = 0; n < 20; n++) {
      nowMs += 0.1
      peer.deliver(sub, delivery('t', n))
      granted += (await peer.take('credit')).n
    }
    expect(granted).toBeGreaterThan(25)
    gate = new Promise((resolve) => (open = resolve))
    peer.deliver(sub, delivery('t', 'slow'))
    await turns()
    const before = peer.count('credit')
    nowMs += 120
    gate = undefined
    open()
    await turns(20)
    expect(peer.count('credit')).toBe(before)
    clock.mockRestore()
    await bus.close({ timeoutMs: 10 })
    await loop
  })
})

describe('a message', () => {
  async function oneMessage(): Promise<Awaited<ReturnType<typeof connected>> & { message: Message }> {
    const all = await connected()
    const next = all.bus.subscribe('t', { group: 'g' })[Symbol.asyncIterator]().next()
    const { sub } = await all.peer.take('subscribe')
    all.peer.deliver(sub, delivery('t', { n: 1 }))
    return { ...all, message: (await next).value as Message }
  }

  it('asks for itself again with nack, and keeps itself longer with extend', async () => {
    const { peer, bus, message } = await oneMessage()
    const extended = message.extend(60_000)
    const nacked = message.nack({ delayMs: 500, reason: 'calendar is down' })
    const frame = await peer.take('settle')
    const token = `token-${message.event.position}`
    expect(frame.items).toEqual([
      { outcome: 'extend', byMs: 60_000, token },
      { outcome: 'retry', delayMs: 500, reason: 'calendar is down', token },
    ])
    peer.confirm(frame)
    await Promise.all([extended, nacked])
    await expect(message.extend(1)).rejects.toMatchObject({ code: 'expired' })
    await expect(message.extend(1.5)).rejects.toMatchObject({ code: 'invalid_request' })
    await bus.close()
  })

  it('refuses a reason that is no text, and can be settled after that', async () => {
    const { peer, bus, message } = await oneMessage()
    const reason = new Error('calendar is down') as unknown as string
    await expect(message.nack({ reason })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('`reason`') })
    await expect(message.settle({ outcome: 'refused', reason })).rejects.toMatchObject({ code: 'invalid_request' })
    const acked = message.ack()
    peer.confirm(await peer.take('settle'))
    await acked
    await bus.close()
  })

  it('is settled by the first outcome; later ones answer as the first did', async () => {
    const { peer, bus, message } = await oneMessage()
    const first = message.ack()
    expect(message.nack()).toBe(first)
    expect(message.ack()).toBe(first)
    const frame = await peer.take('settle')
    expect(frame.items).toHaveLength(1)
    peer.confirm(frame)
    await first
    await bus.close()
  })

  it('whose ack is refused tells onError when nobody awaits it, and only then', async () => {
    const { peer, bus, message, errors } = await oneMessage()
    void message.ack()
    const { ref } = await peer.take('settle')
    peer.say({ op: 'settled', ref, results: ['expired'] })
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'expired' }])
    await bus.close()
    const other = await oneMessage()
    const awaited = other.message.ack()
    other.peer.say({ op: 'settled', ref: (await other.peer.take('settle')).ref, results: ['expired'] })
    await expect(awaited).rejects.toMatchObject({ code: 'expired' })
    await turns()
    expect(other.errors).toEqual([])
    await other.bus.close()
  })
})

describe('a message whose connection was lost', () => {
  it('tells onError when its ack is not awaited, and never ends the process', async () => {
    const { peer, bus, errors } = await connected()
    const next = bus.subscribe('t', { group: 'g' })[Symbol.asyncIterator]().next()
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    const message = (await next).value as Message
    peer.drop()
    void message.ack()
    await until(() => errors.length > 0)
    expect(errors).toMatchObject([{ code: 'expired' }])
    await bus.close()
  })
})

describe('a handler in a group', () => {
  it('acks when it resolves, and asks for the event again at the group’s schedule when it throws', async () => {
    const { peer, bus, errors } = await connected()
    bus.subscribe(
      't',
      (message) => {
        if (message.payload === 'bad') throw new Error('no such permit')
      },
      { group: 'g' },
    )
    const { sub, credit } = await peer.take('subscribe')
    expect(credit).toBe(16)
    peer.deliver(sub, delivery('t', 'good'), delivery('t', 'bad'))
    const { items } = await peer.take('settle')
    const nacked = items.find(({ outcome }) => outcome === 'retry')
    expect(items.map(({ outcome }) => outcome).sort()).toEqual(['done', 'retry'])
    expect(nacked).toMatchObject({ reason: 'no such permit' })
    expect(nacked).not.toHaveProperty('delayMs')
    expect(errors).toMatchObject([{ message: 'no such permit' }])
    expect((await peer.take('credit')).n).toBeGreaterThanOrEqual(2)
    await bus.close({ timeoutMs: 10 })
  })

  it('asks for the event again whatever it throws, with a text as the reason', async () => {
    const { peer, bus, errors } = await connected()
    const thrown: unknown[] = [Object.assign(new Error('no'), { message: { status: 503 } }), Object.create(null), null]
    bus.subscribe('t', ({ payload }) => Promise.reject(thrown[Number(payload)]), { group: 'g' })
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, ...thrown.map((_, n) => delivery('t', n)))
    const { items } = await peer.take('settle')
    expect(items).toMatchObject([
      { outcome: 'retry', reason: '{"status":503}' },
      { outcome: 'retry', reason: '{}' },
      { outcome: 'retry', reason: 'null' },
    ])
    expect(errors.map(({ message }) => message)).toEqual(['{"status":503}', '{}', 'null'])
    expect(errors.map(({ cause }) => cause)).toEqual(thrown)
    await bus.close({ timeoutMs: 10 })
  })

  it('leaves a message alone that it has settled itself', async () => {
    const { peer, bus } = await connected()
    bus.subscribe('t', async (message) => void message.nack({ delayMs: 5 }), { group: 'g' })
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    expect((await peer.take('settle')).items).toMatchObject([{ outcome: 'retry', delayMs: 5 }])
    await turns()
    expect(peer.count('settle')).toBe(1)
    await bus.close({ timeoutMs: 10 })
  })

  it('gets the payload first with on()', async () => {
    const { peer, bus } = await connected()
    const seen: unknown[] = []
    bus.on('clinicHoursUpdated', (clinic, message) => seen.push(clinic.id, message.topic), { group: 'g' })
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('clinicHoursUpdated', { id: 7 }))
    peer.confirm(await peer.take('settle'))
    expect(seen).toEqual([7, 'clinicHoursUpdated'])
    await bus.close()
  })

  it('works on at most `concurrency` messages, and on those of one key one after another', async () => {
    const { peer, bus } = await connected()
    const begun: unknown[] = []
    const finish: (() => void)[] = []
    const handler = (message: Message): Promise<void> => {
      begun.push(message.payload)
      return new Promise((resolve) => finish.push(resolve))
    }
    bus.subscribe('t', handler, { group: 'g', concurrency: 2 })
    const { sub } = await peer.take('subscribe')
    peer.deliver(
      sub,
      delivery('t', 'a1', { key: 'a' }),
      delivery('t', 'a2', { key: 'a' }),
      delivery('t', 'b1', { key: 'b' }),
      delivery('t', 'c1', { key: 'c' }),
    )
    await turns()
    expect(begun).toEqual(['a1', 'b1'])
    finish.shift()?.()
    await turns()
    expect(begun).toEqual(['a1', 'b1', 'a2'])
    finish.shift()?.()
    await turns()
    expect(begun).toEqual(['a1', 'b1', 'a2', 'c1'])
    for (const end of finish) end()
    await bus.close({ timeoutMs: 10 })
  })

  it('keeps what waits for its turn while a handler has time', async () => {
    const { peer, bus } = await connected()
    const begun: unknown[] = []
    let finish = (): void => {}
    const handler = (message: Message): Promise<void> => {
      begun.push(message.payload)
      // Settled, and still at work.
      void message.ack()
      return new Promise((resolve) => (finish = resolve))
    }
    bus.subscribe('t', handler, { group: 'g', concurrency: 2, ackTimeoutMs: 100 })
    const { sub } = await peer.take('subscribe')
    const behind = delivery('t', 'a2', { key: 'a' })
    peer.deliver(sub, delivery('t', 'a1', { key: 'a' }), behind)
    peer.confirm(await peer.take('settle'))
    for (let renewals = 0; renewals < 3; renewals++) {
      const renewed = await peer.take('settle')
      expect(renewed.items).toEqual([{ outcome: 'extend', byMs: 100, token: behind.token }])
      peer.confirm(renewed)
    }
    finish()
    expect((await peer.take('settle')).items).toContainEqual({ outcome: 'done', token: behind.token })
    expect(begun).toEqual(['a1', 'a2'])
    finish()
    await bus.close({ timeoutMs: 10 })
  })

  it('goes on with other keys while it hangs on one, however often the event of that key comes again', async () => {
    const { peer, bus } = await connected()
    const begun: unknown[] = []
    const handler = ({ payload }: Message): Promise<void> => {
      begun.push(payload)
      return payload === 'hangs' ? new Promise(() => {}) : Promise.resolve()
    }
    bus.subscribe('t', handler, { group: 'g', concurrency: 2, ackTimeoutMs: 100 })
    const { sub, credit } = await peer.take('subscribe')
    expect(credit).toBe(2)
    peer.deliver(sub, delivery('t', 'hangs', { key: 'a' }))
    for (let round = 0; round < 3; round++) {
      peer.deliver(sub, delivery('t', 'hangs', { key: 'a' }))
      expect((await peer.take('credit')).n).toBe(1)
    }
    peer.deliver(sub, delivery('t', 'goes on', { key: 'b' }))
    await peer.take('settle')
    expect(begun).toEqual(['hangs', 'goes on'])
    const closed = bus.close({ timeoutMs: 10 })
    peer.drop()
    await closed
  })

  it('asks for nothing ahead while all that it works on has run out of time', async () => {
    const { peer, bus } = await connected()
    const handler = ({ payload }: Message): unknown => (payload === 'hangs' ? new Promise(() => {}) : undefined)
    bus.subscribe('t', handler, { group: 'g', concurrency: 1, ackTimeoutMs: 100 })
    const { sub, credit } = await peer.take('subscribe')
    let granted = credit
    for (let n = 0; n < 10; n++) {
      peer.deliver(sub, delivery('t', n))
      granted += (await peer.take('credit')).n
    }
    expect(granted).toBeGreaterThan(11)
    peer.deliver(sub, delivery('t', 'hangs'), delivery('t', 'waits'))
    const creditsOf = (one: number): number => peer.frames.filter((frame) => frame.op === 'credit' && frame.sub === one).length
    await until(() => peer.frames.some((frame) => frame.op === 'settle' && frame.items.some(({ outcome }) => outcome === 'extend')))
    const before = creditsOf(sub)
    // Begun later, it is through with the same later.
    bus.subscribe('t', handler, { group: 'later', concurrency: 2, ackTimeoutMs: 100 })
    const later = await peer.take('subscribe')
    peer.deliver(later.sub, delivery('t', 'hangs', { key: 'a' }), delivery('t', 'hangs', { key: 'a' }))
    await until(() => creditsOf(later.sub) > 0)
    expect(creditsOf(sub)).toBe(before)
    const closed = bus.close({ timeoutMs: 10 })
    peer.drop()
    await closed
  })

  it('finishes and acknowledges what is under way when the bus is closed', async () => {
    const { peer, bus } = await connected()
    let finish = (): void => {}
    bus.subscribe('t', () => new Promise<void>((resolve) => (finish = resolve)), { group: 'g' })
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    await turns()
    const closed = bus.close()
    await turns()
    finish()
    const settle = await peer.take('settle')
    await peer.take('unsubscribe')
    peer.confirm(settle)
    await closed
  })
})

describe('several subscriptions of one group in one process', () => {
  it('share a feed of the same topics: each gets each event, and the bus hears done when all are done', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    const seen: unknown[] = []
    let finish = (): void => {}
    bus.on('t', (payload) => {
      seen.push(['fast', payload.n])
      payload.n = 'changed'
    })
    bus.on('t', (payload) => {
      seen.push(['slow', payload.n])
      return new Promise<void>((resolve) => (finish = resolve))
    })
    const { sub } = await peer.take('subscribe')
    await turns()
    expect(peer.count('subscribe')).toBe(1)
    peer.deliver(sub, delivery('t', { n: 1 }))
    await turns()
    expect(seen).toEqual([
      ['fast', 1],
      ['slow', 1],
    ])
    expect(peer.count('settle')).toBe(0)
    finish()
    const settle = await peer.take('settle')
    expect(settle.items).toMatchObject([{ outcome: 'done' }])
    peer.confirm(settle)
    await bus.close()
  })

  it('ask for the event again when one of them fails', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    bus.subscribe('t', () => {})
    bus.subscribe('t', () => Promise.reject(new Error('no')))
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    expect((await peer.take('settle')).items).toMatchObject([{ outcome: 'retry', reason: 'no' }])
    await bus.close({ timeoutMs: 10 })
  })

  it('ask the bus for the longest time that any of them needs', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    bus.subscribe('t', () => {})
    bus.subscribe('t', () => {}, { ackTimeoutMs: 60_000 })
    expect((await peer.take('subscribe')).ackTimeoutMs).toBe(60_000)
    await bus.close()
  })

  it('share one feed when their topics meet, and each takes its own', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    const seen: string[] = []
    bus.subscribe((message) => void seen.push(`all ${message.topic}`))
    bus.subscribe('a', () => void seen.push('a'))
    bus.subscribe('b', () => void seen.push('other'), { group: 'another' })
    const feeds = [await peer.take('subscribe'), await peer.take('subscribe')]
    expect(feeds.map(({ topics, group }) => [topics, group])).toEqual([
      [null, 'city'],
      [['b'], 'another'],
    ])
    const all = feeds.find(({ topics }) => topics === null)
    peer.deliver(Number(all?.sub), delivery('a', 1), delivery('b', 2))
    await turns()
    expect(seen.sort()).toEqual(['a', 'all a', 'all b'])
    await bus.close({ timeoutMs: 10 })
  })

  it('change their feed without two feeds ever wanting the same topic', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    let finish = (): void => {}
    bus.subscribe('a', () => new Promise<void>((resolve) => (finish = resolve)))
    const first = await peer.take('subscribe')
    peer.accept(first)
    peer.deliver(first.sub, delivery('a', 1))
    await turns()
    bus.subscribe(['a', 'b'], () => {})
    await turns()
    expect(peer.count('subscribe')).toBe(1)
    finish()
    const second = await peer.take('subscribe')
    expect(second.topics).toEqual(['a', 'b'])
    expect(peer.frames.map(({ op }) => op).filter((op) => op !== 'credit')).toEqual(['subscribe', 'settle', 'unsubscribe', 'subscribe'])
    await bus.close({ timeoutMs: 10 })
  })

  it('hand back what nobody has begun when they change their feed', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    const handler = (message: Message): Promise<void> => {
      void message.ack()
      return new Promise(() => {})
    }
    bus.subscribe('a', handler)
    const first = await peer.take('subscribe')
    peer.deliver(first.sub, delivery('a', 1, { key: 'k' }), delivery('a', 2, { key: 'k' }))
    peer.confirm(await peer.take('settle'))
    bus.subscribe(['a', 'b'], () => {})
    expect((await peer.take('subscribe')).topics).toEqual(['a', 'b'])
    const closed = bus.close({ timeoutMs: 10 })
    peer.drop()
    await closed
  })

  it('never shorten what one of them has asked for', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    bus.subscribe('t', (message) => message.extend(60_000))
    bus.subscribe('t', (message) => message.extend(1_000))
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    const { items } = await peer.take('settle')
    expect(items.map((item) => item.outcome === 'extend' && item.byMs > 59_000)).toEqual([true, true])
    await bus.close({ timeoutMs: 10 })
  })

  it('hand back only their own when one of them ends', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    const leaving = bus.subscribe('t')
    void leaving[Symbol.asyncIterator]().next()
    const seen: unknown[] = []
    bus.subscribe('t', (message) => void seen.push(message.payload))
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    await turns()
    expect(peer.count('settle')).toBe(0)
    await leaving.close()
    expect((await peer.take('settle')).items).toMatchObject([{ outcome: 'retry' }])
    expect(peer.count('unsubscribe')).toBe(0)
    await bus.close({ timeoutMs: 10 })
  })

  it('refuses the acks of some when the time runs out before the others have settled', async () => {
    const { peer, bus, errors } = await connected({ name: 'city' })
    const acked: Promise<unknown>[] = []
    let last: Message | undefined
    for (let n = 0; n < 2; n++) {
      bus.subscribe('t', (message) => void acked.push(message.ack().catch((error: unknown) => error)), { ackTimeoutMs: 100 })
    }
    bus.subscribe('t', (message) => new Promise<void>(() => (last = message)), { ackTimeoutMs: 100 })
    let late: Message | undefined
    bus.subscribe('t', (message) => new Promise<void>(() => (late = message)), { ackTimeoutMs: 100 })
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    await until(() => acked.length === 2)
    expect(await Promise.all(acked)).toMatchObject([{ code: 'expired' }, { code: 'expired' }])
    await expect(late?.ack()).rejects.toMatchObject({ code: 'expired', message: expect.stringContaining('before all subscriptions') })
    expect(peer.count('settle')).toBe(0)
    const asked = last?.ack()
    const { ref, items } = await peer.take('settle')
    expect(items).toMatchObject([{ outcome: 'done' }])
    peer.say({ op: 'settled', ref, results: ['expired'] })
    await expect(asked).rejects.toMatchObject({ code: 'expired' })
    await turns()
    expect(errors).toEqual([])
    await bus.close({ timeoutMs: 10 })
  })

  it('hand back at once what one of them leaves behind, even when those who remain have other topics', async () => {
    const { peer, bus } = await connected({ name: 'city' })
    let acked: Promise<void> | undefined
    bus.subscribe('a', (message) => (acked = message.ack()))
    const leaving = bus.subscribe(['a', 'b'])
    void leaving[Symbol.asyncIterator]().next()
    const { sub } = await peer.take('subscribe')
    peer.deliver(sub, delivery('a', 1))
    await until(() => acked !== undefined)
    await leaving.close()
    const settle = await peer.take('settle')
    expect(settle.items).toMatchObject([{ outcome: 'retry', reason: 'a subscriber left' }])
    peer.confirm(settle)
    await acked
    expect((await peer.take('subscribe')).topics).toEqual(['a'])
    await bus.close({ timeoutMs: 10 })
  })
})

describe('subscribe', () => {
  it('refuses contradictions', async () => {
    const { bus } = await connected({ name: 'city' })
    expect(() => bus.subscribe('t', { since: '10m' })).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('hms-sync groups seek') }),
    )
    expect(() => bus.subscribe('t', { maxAttempts: 0 })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(() => bus.subscribe('t', { group: null, policy: {} })).toThrow(/`policy` is for groups/)
    expect(() => bus.subscribe('t', { group: null, from: 'all' })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(() => bus.subscribe('')).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(() => bus.subscribe('t', { concurrency: 0 })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    expect(() => bus.subscribe('t', () => {})[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    await bus.close()
  })

  it('ends with its signal', async () => {
    const { peer, bus } = await connected()
    const abort = new AbortController()
    const sub = bus.subscribe('t', () => {}, { group: 'g', signal: abort.signal })
    await peer.take('subscribe')
    abort.abort()
    await sub.closed
    await peer.take('unsubscribe')
    await bus.close()
  })

  it('waits for the next connection when the bus goes down', async () => {
    const { peer, bus } = await connected()
    const loop = bus.subscribe('t', { group: 'g' })[Symbol.asyncIterator]()
    const next = loop.next()
    const { sub } = await peer.take('subscribe')
    const error = { type: '', title: '', status: 503, detail: 'The bus is going.', code: 'shutting_down' } as const
    peer.say({ op: 'ended', sub, error })
    peer.say({ op: 'closing', error })
    peer.drop()
    await peer.take('subscribe')
    peer.deliver(sub, delivery('t', 1))
    expect((await next).value).toMatchObject({ payload: 1 })
    await bus.close()
  })
})
