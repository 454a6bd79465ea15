import { describe, expect, it } from 'vitest'
import { limits, openServer, problemOf } from './open-server.js'

const events = '/v1/topics/permits/events'

describe('publishing over HTTP', () => {
  it('takes the body as payload and the headers as the rest, and answers when it is stored', async () => {
    const server = await openServer()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = {
      'idempotency-key': 'p-7',
      'event-key': '7',
      'event-version': 'v2',
      'event-time': '2026-11-20T10:00:00Z',
      'event-type': 'approved',
      traceparent,
    }
    const answer = await server.post(events, '{"permitId":7}', headers)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await answer.json()).toEqual({ id: 'p-7', position: '0-0', duplicate: false })
    expect(server.bus.published[0]).toEqual({
      principal: { name: 'anonymous' },
      events: [
        {
          id: 'p-7',
          key: '7',
          version: 2,
          time: '2026-11-20T10:00:00Z',
          type: 'approved',
          traceparent,
          payload: { permitId: 7 },
          text: '{"permitId":7}',
        },
      ],
    })
  })

  it('answers 200 and duplicate when the bus had the event', async () => {
    const server = await openServer()
    await server.post(events, { permitId: 7 }, { 'idempotency-key': 'p-7' })
    const again = await server.post(events, { permitId: 7 }, { 'idempotency-key': 'p-7' })
    expect([again.status, await again.json()]).toEqual([200, { id: 'p-7', position: '0-0', duplicate: true }])
  })

  it('hands on no text with line breaks, because events travel one a line', async () => {
    const server = await openServer()
    await server.post(events, '{\n"permitId": 7}')
    expect(server.bus.published.at(0)!.events.at(0)!).toEqual({ payload: { permitId: 7 } })
  })

  it('answers the status of an event that the bus refused', async () => {
    const server = await openServer()
    const refused = await server.post(events, {}, { 'event-type': 'bad' })
    expect([refused.status, (await problemOf(refused)).code]).toEqual([422, 'invalid_event'])
  })

  it('takes one envelope, whose id may stand in the header too but not differ', async () => {
    const server = await openServer()
    const type = { 'content-type': 'application/vnd.hms-sync.event+json' }
    const good = await server.post(events, { id: 'a', key: 'k', payload: [1] }, { ...type, 'idempotency-key': 'a' })
    expect([good.status, await good.json()]).toEqual([201, { id: 'a', position: '0-0', duplicate: false }])
    const differing = await server.post(events, { id: 'a', payload: [1] }, { ...type, 'idempotency-key': 'b' })
    expect(await problemOf(differing)).toMatchObject({ status: 422, code: 'invalid_event', errors: [{ pointer: '/id' }] })
    const unknown = await server.post(events, { id: 'a', payload: 1, colour: 'red' }, type)
    expect(await problemOf(unknown)).toMatchObject({ status: 422, errors: [{ pointer: '/colour' }] })
    const bare = await server.post(events, { id: 'a' }, type)
    expect(await problemOf(bare)).toMatchObject({ status: 422, errors: [{ pointer: '/payload', message: 'is missing' }] })
  })

  it('gives each event of a batch its own outcome, in order', async () => {
    const server = await openServer()
    const batch = { events: [{ id: 'a', payload: 1 }, { id: 'b' }, { id: 'c', type: 'bad', payload: 3 }, { id: 'a', payload: 1 }] }
    const answer = await server.post(events, batch, { 'content-type': 'application/vnd.hms-sync.batch+json' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      results: [
        { status: 201, id: 'a', position: '0-0', duplicate: false },
        { status: 422, error: { code: 'invalid_event', errors: [{ pointer: '/events/1/payload' }] } },
        { status: 422, error: { code: 'invalid_event' } },
        { status: 200, id: 'a', position: '0-0', duplicate: true },
      ],
    })
  })

  it('takes an envelope a line, and a line that is no JSON spoils only itself', async () => {
    const server = await openServer()
    const answer = await server.post(events, '{"id":"a","payload":1}\r\n\n{oops\n{"id":"b","payload":2}', {
      'content-type': 'application/x-ndjson',
    })
    const { results } = (await answer.json()) as { results: { status: number; id?: string; error?: { code: string } }[] }
    expect(results.map(({ status, id, error }) => [status, id ?? error?.code])).toEqual([
      [201, 'a'],
      [400, 'invalid_json'],
      [201, 'b'],
    ])
  })

  it('refuses a batch that is empty or too long as a whole', async () => {
    const server = await openServer({ limits: { ...limits, maxBatchEvents: 2 } })
    const type = { 'content-type': 'application/vnd.hms-sync.batch+json' }
    expect(await problemOf(await server.post(events, { events: [] }, type))).toMatchObject({ status: 400, code: 'invalid_request' })
    const payload = { payload: 1 }
    expect(await problemOf(await server.post(events, { events: [payload, payload, payload] }, type))).toMatchObject({
      status: 413,
      code: 'too_large',
    })
    expect(server.bus.published).toEqual([])
  })

  it('counts the depth of each payload alone, whatever it travels in', async () => {
    const server = await openServer()
    const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    for (const [type, wrap] of [
      ['application/json', (payload: string) => payload],
      ['application/vnd.hms-sync.event+json', (payload: string) => `{"payload":${payload}}`],
      ['application/vnd.hms-sync.batch+json', (payload: string) => `{"events":[{"payload":${payload}}]}`],
      ['application/x-ndjson', (payload: string) => `{"payload":${payload}}`],
    ] as const) {
      const good = await server.post(events, wrap(deep(32)), { 'content-type': type })
      expect([type, good.status < 300]).toEqual([type, true])
      const bad = await server.post(events, wrap(deep(33)), { 'content-type': type })
      expect([type, (await bad.text()).includes('too_deep')]).toEqual([type, true])
    }
  })

  it('says nothing of outcomes unless it is asked to wait for them, and refuses parameters that it does not know', async () => {
    const server = await openServer()
    expect(Object.keys((await (await server.post(events, {})).json()) as object)).not.toContain('outcomes')
    expect(await (await server.post(`${events}?wait=delivered&timeout=5s`, {})).json()).toMatchObject({ outcomes: [] })
    expect(await problemOf(await server.post(`${events}?x=1`, {}))).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  it('names the nearest topic when there is none of that name', async () => {
    const server = await openServer()
    const problem = await problemOf(await server.post('/v1/topics/permit/events', {}))
    expect(problem).toMatchObject({ status: 404, code: 'unknown_topic' })
    expect(problem.detail).toContain('permits')
  })

  it('takes the caller’s name from the URL or from its header', async () => {
    const server = await openServer()
    const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })
    await server.post(events, 1, basic('city-health:secret'))
    await server.post(events, 1, { 'hms-sync-name': 'clinic' })
    await server.post(events, 1, { ...basic('city-health'), 'hms-sync-name': 'clinic' })
    expect(server.bus.published.map(({ principal }) => principal.name)).toEqual(['city-health', 'clinic', 'city-health'])
    for (const name of ['a b', '-x', 'x'.repeat(101), '{"x"}']) {
      expect(await problemOf(await server.post(events, 1, basic(name)))).toMatchObject({ status: 400, code: 'invalid_request' })
    }
  })

  it('reads header values as the UTF-8 that clients send', async () => {
    const server = await openServer()
    await server.post(events, 1, { 'event-key': Buffer.from('Zoë', 'utf8').toString('latin1') })
    expect(server.bus.published.at(0)!.events.at(0)!.key).toBe('Zoë')
  })

  it('drops a traceparent that is none, and refuses a version that is none', async () => {
    const server = await openServer()
    expect((await server.post(events, 1, { traceparent: 'garbage' })).status).toBe(201)
    expect(server.bus.published.at(0)!.events.at(0)!).toEqual({ payload: 1, text: '1' })
    expect(await problemOf(await server.post(events, 1, { 'event-version': 'two' }))).toMatchObject({ status: 422, code: 'invalid_event' })
  })
})

describe('publishing CloudEvents', () => {
  const cloudEvent = {
    specversion: '1.0',
    id: 'ce-1',
    source: '/city',
    type: 'permit.approved',
    time: '2026-11-20T10:00:00Z',
    subject: '7',
    data: { permitId: 7 },
  }
  const stored = { id: 'ce-1', type: 'permit.approved', time: '2026-11-20T10:00:00Z', key: '7', payload: { permitId: 7 } }

  it('takes them structured', async () => {
    const server = await openServer()
    const answer = await server.post(events, cloudEvent, { 'content-type': 'application/cloudevents+json; charset=utf-8' })
    expect([answer.status, server.bus.published.at(0)!.events]).toEqual([201, [stored]])
  })

  it('takes them binary, with percent-encoded headers', async () => {
    const server = await openServer()
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'ce-1',
      'ce-source': '/city',
      'ce-type': 'permit.approved',
      'ce-time': cloudEvent.time,
      'ce-subject': 'Zo%C3%AB',
    }
    expect((await server.post(events, { permitId: 7 }, headers)).status).toBe(201)
    expect(server.bus.published.at(0)!.events).toEqual([{ ...stored, key: 'Zoë', text: '{"permitId":7}' }])
  })

  it('takes them batched, an outcome each; partitionkey beats subject', async () => {
    const server = await openServer()
    const answer = await server.post(
      events,
      [
        { ...cloudEvent, partitionkey: 'p', dataversion: '3' },
        { ...cloudEvent, id: '' },
      ],
      { 'content-type': 'application/cloudevents-batch+json' },
    )
    expect(((await answer.json()) as { results: { status: number }[] }).results.map(({ status }) => status)).toEqual([201, 422])
    expect(server.bus.published.at(0)!.events).toEqual([{ ...stored, key: 'p', version: 3 }])
  })

  it.each([
    ['another version', { ...cloudEvent, specversion: '0.3' }, '/specversion'],
    ['no source', { ...cloudEvent, source: undefined }, '/source'],
    ['an extension', { ...cloudEvent, comexampleextension: 'x' }, '/comexampleextension'],
    ['binary data', { ...cloudEvent, data_base64: 'AA==' }, '/data_base64'],
    ['no data', { ...cloudEvent, data: undefined }, '/data'],
    ['data that is not JSON', { ...cloudEvent, datacontenttype: 'text/xml' }, '/datacontenttype'],
  ])('refuses %s and says where', async (_what, event, pointer) => {
    const server = await openServer()
    const refused = await server.post(events, event, { 'content-type': 'application/cloudevents+json' })
    expect(await problemOf(refused)).toMatchObject({ status: 422, code: 'invalid_event', errors: [{ pointer }] })
  })
})
