import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openServer, problemOf, rawSocket, sseBlocks } from './open-server.js'

const events = '/v1/topics/permits/events'
const ids = (page: unknown) => (page as { events: { id: string }[] }).events.map(({ id }) => id)

describe('reading a page', () => {
  it('begins with the oldest event and goes on from next', async () => {
    const server = await openServer()
    for (let i = 0; i < 5; i++) server.bus.append({ i })
    const first = (await (await server.fetch(`${events}?limit=3`)).json()) as { next: string }
    expect([ids(first), first.next]).toEqual([['e0', 'e1', 'e2'], '3'])
    const second = (await (await server.fetch(`${events}?limit=3&after=${first.next}&since=1ms`)).json()) as { next: string }
    expect([ids(second), second.next]).toEqual([['e3', 'e4'], '5'])
  })

  it('has a next even when it is empty, so that a poller can begin anywhere', async () => {
    const server = await openServer()
    expect(await (await server.fetch(events)).json()).toEqual({ events: [], next: '0' })
  })

  it('holds one key only when asked to', async () => {
    const server = await openServer()
    server.bus.append(1, 'a', 'x')
    server.bus.append(2, 'b', 'y')
    expect(ids(await (await server.fetch(`${events}?key=y`)).json())).toEqual(['b'])
  })

  it.each(['limit=0', 'limit=1001', 'limit=x', 'after=what', 'colour=red', 'key=a&key=b'])('refuses ?%s', async (query) => {
    const server = await openServer()
    expect(await problemOf(await server.fetch(`${events}?${query}`))).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  it('answers 404 for an unknown topic in every form', async () => {
    const server = await openServer()
    for (const accept of ['*/*', 'application/json', 'text/event-stream', 'application/x-ndjson']) {
      expect(await problemOf(await server.fetch('/v1/topics/nope/events', { headers: { accept } }))).toMatchObject({
        status: 404,
        code: 'unknown_topic',
      })
    }
  })
})

describe('reading lines', () => {
  it('answers everything there is, an event a line, and ends', async () => {
    const server = await openServer()
    for (let i = 0; i < 3; i++) server.bus.append({ i })
    const lines = (await (await server.fetch(events, { headers: { accept: 'application/x-ndjson' } })).text()).split('\n')
    expect(lines.map((line) => (line === '' ? '' : (JSON.parse(line) as { id: string }).id))).toEqual(['e0', 'e1', 'e2', ''])
    expect(await (await server.fetch(`${events}?limit=1`, { headers: { accept: 'application/x-ndjson' } })).text()).toBe(
      `${server.bus.events[0]!.wire}\n`,
    )
  })
})

describe('following a stream of server-sent events', () => {
  const accept = { accept: 'text/event-stream' }

  it('sends what comes, each with the cursor behind it', async () => {
    const server = await openServer()
    server.bus.append('before')
    const blocks = sseBlocks(await server.fetch(events, { headers: accept }))
    expect((await blocks.next()).value).toBe('retry: 1000')
    expect((await blocks.next()).value).toBe('id: 1')
    const sent = server.bus.append({ permitId: 7 })
    expect((await blocks.next()).value).toBe(`id: 2\ndata: ${sent.wire}`)
    await blocks.return(undefined)
  })

  it('resumes behind Last-Event-ID, which beats what the URL says', async () => {
    const server = await openServer()
    for (let i = 0; i < 3; i++) server.bus.append({ i })
    const blocks = sseBlocks(await server.fetch(`${events}?since=all&after=0`, { headers: { ...accept, 'last-event-id': '2' } }))
    await blocks.next()
    await blocks.next()
    expect((await blocks.next()).value).toBe(`id: 3\ndata: ${server.bus.events[2]!.wire}`)
    await blocks.return(undefined)
  })

  it('tells of a gap as an event of its own', async () => {
    const server = await openServer()
    const gap = { topic: 'permits', first: '0-0', last: '0-9' }
    server.bus.read = async function* () {
      yield { gap, next: '10' }
    }
    const blocks = sseBlocks(await server.fetch(events, { headers: accept }))
    await blocks.next()
    expect((await blocks.next()).value).toBe(`event: gap\nid: 10\ndata: ${JSON.stringify(gap)}`)
    expect(await (await server.fetch(events)).json()).toEqual({ events: [], next: '10', gaps: [gap] })
    expect(await (await server.fetch(events, { headers: { accept: 'application/x-ndjson' } })).text()).toBe(
      `{"gap":${JSON.stringify(gap)}}\n`,
    )
  })

  it('refuses a limit, which would end what follows', async () => {
    const server = await openServer()
    expect(await problemOf(await server.fetch(`${events}?limit=5`, { headers: accept }))).toMatchObject({ status: 400 })
  })

  it('stops reading for a reader that does not read, and cuts it off after the time allowed', async () => {
    const server = await openServer()
    const payload = 'x'.repeat(100_000)
    for (let i = 0; i < 400; i++) server.bus.append(payload)
    const { socket, closed, until } = await rawSocket(server.port)
    socket.write(`GET ${events}?since=all HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`)
    await until(/200 OK/)
    socket.pause()
    // Node tells of the end only once all that came before was read; the server knows at once.
    while (server.metrics.slowReaders === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(server.lines).toContainEqual(expect.objectContaining({ level: 'warn', reason: 'slow_consumer', topic: 'permits' }))
    socket.resume()
    await closed
    while (server.metrics.streams > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('stops reading the log when the reader is gone', async () => {
    const server = await openServer()
    const abort = new AbortController()
    const blocks = sseBlocks(await server.fetch(events, { headers: accept, signal: abort.signal }))
    await blocks.next()
    expect(server.metrics.streams).toBe(1)
    abort.abort()
    await expect(blocks.next().then(() => blocks.next())).rejects.toThrow()
    while (server.metrics.streams > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('tells every reader why when the server closes', async () => {
    const server = await openServer()
    const blocks = sseBlocks(await server.fetch(events, { headers: accept }))
    await blocks.next()
    await blocks.next()
    const closed = server.close()
    expect((await blocks.next()).value).toMatch(/^event: ended\ndata: .*shutting_down/)
    expect((await blocks.next()).done).toBe(true)
    await closed
  })
})

it('keeps nothing open for a reader that leaves while nothing happens', async () => {
  const server = await openServer()
  const { socket, until } = await rawSocket(server.port)
  socket.write(`GET ${events} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`)
  await until(/id: 0/)
  socket.destroy()
  await once(socket, 'close')
  while (server.metrics.streams > 0) await new Promise((resolve) => setImmediate(resolve))
})
