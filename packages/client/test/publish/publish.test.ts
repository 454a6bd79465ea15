import { describe, expect, it } from 'vitest'
import { busOver } from '#dist/bus-over.js'
import { SyncError, toProblem } from '#dist/errors.js'
import { connected, ScriptedBus, turns, until } from '../scripted-bus.js'

describe('publish', () => {
  it('sends what is published in one turn as one frame a topic, and answers each event', async () => {
    const { peer, bus } = await connected()
    const published = [bus.publish('permits', { n: 1 }), bus.publish('clinics', { n: 2 }), bus.publish('permits', { n: 3 })]
    const permits = await peer.take('publish')
    const clinics = await peer.take('publish')
    expect(permits).toMatchObject({ topic: 'permits', events: [{ payload: { n: 1 } }, { payload: { n: 3 } }] })
    expect(clinics).toMatchObject({ topic: 'clinics', events: [{ payload: { n: 2 } }] })
    peer.store(clinics)
    peer.store(permits)
    const answers = await Promise.all(published)
    expect(answers.map(({ id }) => id)).toEqual([permits.events.at(0)?.id, clinics.events.at(0)?.id, permits.events.at(1)?.id])
    expect(answers[0]).toEqual({ id: permits.events.at(0)?.id, position: '0-1', duplicate: false })
    await bus.close()
  })

  it('refuses an option that it does not know, names the nearest one, and sends nothing', async () => {
    const { peer, bus } = await connected()
    const misspelt = (options: object) => bus.publish('permits', { n: 1 }, options)
    await expect(misspelt({ idd: 'x' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/no option `idd`\. Did you mean id\? There are id, key, /),
    })
    await expect(misspelt({ timeout: 5, id: 'x' })).rejects.toMatchObject({ message: expect.stringContaining('`timeout`') })
    await expect(misspelt({ waitFor: 'delivered', keey: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining('Did you mean key?'),
    })
    const [event] = await bus.publishMany('permits', [{ payload: 1, ...{ source: 'hms-svc' } }])
    expect(event).toMatchObject({ ok: false, error: { code: 'invalid_request' } })
    expect(peer.frames.filter(({ op }) => op === 'publish')).toEqual([])
    await bus.close()
  })

  it('puts at most 512 events and 1 MiB into a frame', async () => {
    const { peer, bus } = await connected()
    const many = Array.from({ length: 1_000 }, (_, n) => bus.publish('permits', { n }))
    const sizes: number[] = []
    for (let sent = 0; sent < 1_000; sent += sizes.at(-1)!) sizes.push((await peer.take('publish')).events.length)
    // The first ones leave before the turn is over, so that the bus can begin; the rest in as few as hold them.
    expect(sizes).toEqual([...Array(8).fill(64), 488])
    const large = Array.from({ length: 3 }, () => bus.publish('permits', { text: 'x'.repeat(400_000) }))
    expect((await peer.take('publish')).events).toHaveLength(2)
    expect((await peer.take('publish')).events).toHaveLength(1)
    for (const frame of peer.frames) if (frame.op === 'publish') peer.store(frame)
    await Promise.all([...many, ...large])
    await bus.close()
  })

  it('rejects one event of a frame and resolves the others', async () => {
    const { peer, bus } = await connected()
    const outcomes = Promise.allSettled([bus.publish('permits', { n: 1 }), bus.publish('permits', {})])
    const frame = await peer.take('publish')
    peer.say({
      op: 'published',
      ref: frame.ref,
      results: [
        { status: 201, id: String(frame.events.at(0)?.id), position: '0-1', duplicate: false },
        {
          status: 422,
          error: {
            type: 't',
            title: 't',
            status: 422,
            detail: 'no n',
            code: 'schema_violation',
            errors: [{ pointer: '/n', message: 'is missing' }],
          },
        },
      ],
    })
    const [first, second] = await outcomes
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({
      reason: { code: 'schema_violation', message: 'no n', faults: [{ pointer: '/n', message: 'is missing' }] },
    })
    expect((second as PromiseRejectedResult).reason).toBeInstanceOf(SyncError)
    await bus.close()
  })

  it('sends what is unanswered again after a reconnect, in order and with the same ids', async () => {
    const { peer, bus } = await connected()
    const first = bus.publish('permits', { n: 1 })
    const firstTry = await peer.take('publish')
    const second = bus.publish('permits', { n: 2 }, { id: 'mine' })
    await peer.take('publish')
    peer.drop()
    const third = bus.publish('permits', { n: 3 })
    const again = await peer.take('publish')
    expect(again.events.map(({ id, payload }) => [id, payload])).toEqual([
      [firstTry.events.at(0)?.id, { n: 1 }],
      ['mine', { n: 2 }],
      [expect.any(String), { n: 3 }],
    ])
    expect(again.ref).toBeGreaterThan(firstTry.ref)
    peer.store(again)
    await Promise.all([first, second, third])
    expect(peer.hellos).toHaveLength(2)
    await bus.close()
  })

  it('keeps an event that a departing bus refused for the next connection', async () => {
    const { peer, bus } = await connected()
    const published = bus.publish('permits', { n: 1 })
    const frame = await peer.take('publish')
    peer.fail({ ref: frame.ref }, new SyncError('shutting_down', 'The bus is going.'))
    peer.drop()
    const again = await peer.take('publish')
    expect(again.events).toEqual(frame.events)
    peer.store(again)
    expect((await published).id).toBe(frame.events.at(0)?.id)
    await bus.close()
  })

  it('keeps the turn of an event that a departing bus refused before later ones that it did not answer', async () => {
    const { peer, bus } = await connected()
    const first = bus.publish('permits', { n: 1 })
    const refused = await peer.take('publish')
    const second = bus.publish('permits', { n: 2 })
    await peer.take('publish')
    peer.fail({ ref: refused.ref }, new SyncError('shutting_down', 'The bus is going.'))
    peer.drop()
    const again = await peer.take('publish')
    expect(again.events.map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }])
    peer.store(again)
    await Promise.all([first, second])
    await bus.close()
  })

  it('does not send again what made the bus close the connection', async () => {
    const { peer, bus } = await connected()
    const published = bus.publish('permits', { n: 1 })
    await peer.take('publish')
    peer.say({ op: 'closing', error: toProblem(new SyncError('too_deep', 'The JSON is nested too deep.')) })
    peer.drop()
    await expect(published).rejects.toMatchObject({ code: 'too_deep' })
    const next = bus.publish('permits', { n: 2 })
    const frame = await peer.take('publish')
    expect(frame.events).toMatchObject([{ payload: { n: 2 } }])
    peer.store(frame)
    await next
    await bus.close()
  })

  it('rejects within its timeout: unreachable when it was never sent, timeout when it may be stored', async () => {
    const { peer, bus } = await connected()
    await expect(bus.publish('permits', {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    peer.refusal = new Error('down')
    peer.drop()
    await expect(bus.publish('permits', {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'unreachable' })
    await bus.close()
  })

  it('does not send again what its caller was told has failed', async () => {
    const { peer, bus } = await connected()
    const kept = bus.publish('permits', { n: 'kept' })
    const given = bus.publish('permits', { n: 'given up' }, { timeoutMs: 20 })
    await peer.take('publish')
    await expect(given).rejects.toMatchObject({ code: 'timeout' })
    peer.drop()
    const again = await peer.take('publish')
    expect(again.events.map(({ payload }) => payload)).toEqual([{ n: 'kept' }])
    peer.store(again)
    await kept
    await bus.close()
  })

  it('rejects with the reason of an aborted signal', async () => {
    const { bus } = await connected()
    const abort = new AbortController()
    const published = bus.publish('permits', {}, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(published).rejects.toThrow('enough')
    await expect(bus.publish('permits', {}, { signal: abort.signal })).rejects.toThrow('enough')
    await bus.close()
  })

  it('bounds what is on its way, and sends on as answers come', async () => {
    const { peer, bus } = await connected()
    const all = Promise.all(Array.from({ length: 10_000 }, (_, n) => bus.publish('permits', { n })))
    await until(() => peer.count('publish') > 0)
    await turns()
    const underWay = peer.frames.flatMap((frame) => (frame.op === 'publish' ? frame.events : []))
    expect(underWay).toHaveLength(8_192)
    for (;;) {
      const frame = await peer.take('publish')
      peer.store(frame)
      if (frame.events.some(({ payload }) => (payload as { n: number }).n === 9_999)) break
    }
    expect(await all).toHaveLength(10_000)
    await bus.close()
  })

  it('bounds the frames on their way, and sends on in order as answers come', async () => {
    const { peer, bus } = await connected()
    const all = Promise.all(Array.from({ length: 3_000 }, (_, n) => bus.publish(`topic.${n % 1_500}`, { n })))
    await until(() => peer.count('publish') > 0)
    await turns()
    expect(peer.count('publish')).toBe(1_000)
    const seen: number[] = []
    while (seen.length < 3_000) {
      const frame = await peer.take('publish')
      seen.push(...frame.events.map(({ payload }) => (payload as { n: number }).n))
      peer.store(frame)
    }
    await all
    expect(new Set(seen).size).toBe(3_000)
    const place = new Map(seen.map((n, index) => [n, index]))
    for (let n = 0; n < 1_500; n++) expect(place.get(n)).toBeLessThan(place.get(n + 1_500)!)
    await bus.close()
  })

  it('publishes what was asked for before the connection stood', async () => {
    const peer = new ScriptedBus()
    peer.refusal = new Error('not yet')
    const bus = busOver(peer.open)
    const published = bus.publish('permits', { n: 1 })
    await turns()
    peer.refusal = undefined
    peer.store(await peer.take('publish'))
    await expect(published).resolves.toMatchObject({ duplicate: false })
    await bus.close()
  })

  it('tells onError about a publish that nobody awaits, and only then', async () => {
    const { bus, errors } = await connected()
    await expect(bus.publish('permits', undefined)).rejects.toMatchObject({ code: 'invalid_event' })
    await turns()
    expect(errors).toEqual([])
    void bus.publish('permits', () => {})
    void bus.emit({ type: '' })
    await until(() => errors.length === 2)
    expect(errors).toMatchObject([{ code: 'invalid_event' }, { code: 'invalid_event' }])
    await bus.close()
  })

  it('asks what became of a stored event when it is told to wait for that, and not before', async () => {
    const { peer, bus } = await connected()
    const published = bus.publish('permits', {}, { id: 'a', waitFor: 'delivered', timeoutMs: 5_000 })
    const frame = await peer.take('publish')
    expect(frame.events).toEqual([{ id: 'a', payload: {} }])
    await turns()
    expect(peer.count('outcomes')).toBe(0)
    peer.store(frame)
    const { ref, timeoutMs, ...asked } = await peer.take('outcomes')
    expect(asked).toEqual({ op: 'outcomes', topic: 'permits', position: '0-1' })
    expect(timeoutMs).toBeGreaterThan(4_000)
    expect(timeoutMs).toBeLessThanOrEqual(5_000)
    const outcomes = [{ group: 'clinic', outcome: 'delivered', attempts: 1 }] as const
    peer.say({ op: 'outcomes', ref, outcomes })
    expect(await published).toEqual({ id: 'a', position: '0-1', duplicate: false, outcomes })
    await bus.close()
  })

  it('asks again after a reconnect what became of an event, without publishing it again', async () => {
    const { peer, bus } = await connected()
    const published = bus.publish('permits', {}, { waitFor: 'delivered', timeoutMs: 8_000 })
    peer.store(await peer.take('publish'))
    const first = await peer.take('outcomes')
    peer.drop()
    const again = await peer.take('outcomes')
    expect({ ...again, ref: 0, timeoutMs: 0 }).toEqual({ ...first, ref: 0, timeoutMs: 0 })
    expect(again.timeoutMs).toBeLessThan(first.timeoutMs)
    peer.say({ op: 'outcomes', ref: again.ref, outcomes: [] })
    expect(await published).toMatchObject({ position: '0-1', outcomes: [] })
    expect(peer.count('publish')).toBe(1)
    await bus.close()
  })

  it('says that an event is stored when the bus cannot be asked what became of it', async () => {
    const { peer, bus } = await connected()
    const refused = bus.publish('permits', {}, { id: 'a', waitFor: 'delivered' })
    peer.store(await peer.take('publish'))
    peer.say({ op: 'failed', ref: (await peer.take('outcomes')).ref, error: toProblem(new SyncError('internal', 'broken')) })
    const stored = expect.stringMatching(/"a" is stored on permits at 0-1.*not known/)
    await expect(refused).rejects.toMatchObject({ code: 'timeout', message: stored })
    const left = bus.publish('permits', {}, { id: 'a', waitFor: 'delivered' })
    peer.store(await peer.take('publish'))
    await peer.take('outcomes')
    const closed = bus.close({ timeoutMs: 10 })
    await expect(left).rejects.toMatchObject({ code: 'timeout', message: stored })
    await closed
  })

  it('waits no longer when the caller’s signal aborts, and refuses what it cannot wait for', async () => {
    const { peer, bus } = await connected()
    const caller = new AbortController()
    const published = bus.publish('permits', {}, { waitFor: 'delivered', signal: caller.signal })
    peer.store(await peer.take('publish'))
    await peer.take('outcomes')
    caller.abort(new Error('enough'))
    await expect(published).rejects.toThrow('enough')
    await expect(bus.publish('permits', {}, { waitFor: 'applied' } as object)).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(bus.publishMany('permits', [{ payload: 1, waitFor: 'delivered' }])).rejects.toMatchObject({ code: 'invalid_request' })
    await bus.close()
  })

  it('waits for so many events that publishes still find room on the connection, and says of more that they are stored', async () => {
    const { peer, bus } = await connected()
    const published = Array.from({ length: 8_001 }, (_, n) => bus.publish('permits', { n }, { waitFor: 'delivered' }))
    for (let stored = 0; stored < 8_001; ) {
      const frame = await peer.take('publish')
      stored += frame.events.length
      peer.store(frame)
    }
    await expect(published[8_000]).rejects.toMatchObject({ code: 'timeout', message: expect.stringMatching(/is stored .*: 8000 events/) })
    const asked = peer.frames.filter((frame) => frame.op === 'outcomes')
    expect(asked).toHaveLength(8_000)
    for (const { ref } of asked) peer.say({ op: 'outcomes', ref, outcomes: [] })
    expect(await Promise.all(published.slice(0, 8_000))).toHaveLength(8_000)
    await bus.close()
  })

  it('answers publishMany in order, chunk by chunk, with an error where an event was refused', async () => {
    const { peer, bus } = await connected()
    const outcomes = bus.publishMany('permits', [
      { payload: 1, id: 'a' },
      { payload: undefined },
      ...Array.from({ length: 1_000 }, (_, n) => ({ payload: n, id: `n${n}` })),
    ])
    for (let stored = 0; stored < 1_001; ) {
      const frame = await peer.take('publish')
      peer.store(frame)
      stored += frame.events.length
    }
    const all = await outcomes
    expect(all).toHaveLength(1_002)
    expect(all[0]).toMatchObject({ ok: true, id: 'a' })
    expect(all[1]).toMatchObject({ ok: false, error: { code: 'invalid_event' } })
    expect(all[1_001]).toMatchObject({ ok: true, id: 'n999' })
    await bus.close()
  })
})

describe('close', () => {
  it('waits for what is under way, refuses what is new, and may be called twice', async () => {
    const { peer, bus } = await connected()
    const published = bus.publish('permits', {})
    const frame = await peer.take('publish')
    const closed = bus.close()
    await expect(bus.publish('permits', {})).rejects.toMatchObject({ code: 'closed' })
    peer.store(frame)
    await published
    await closed
    await bus.close()
    expect(peer.connected).toBe(false)
  })

  it('rejects what is unanswered when its time is over', async () => {
    const { bus } = await connected()
    const published = bus.publish('permits', {})
    await Promise.all([expect(published).rejects.toMatchObject({ code: 'closed' }), bus.close({ timeoutMs: 20 })])
  })
})
