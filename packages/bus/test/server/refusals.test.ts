import { describe, expect, it } from 'vitest'
import { limits, openServer, problemOf, rawSocket } from './open-server.js'

const events = '/v1/topics/permits/events'

describe('what has no place here', () => {
  it('is answered 404, and 405 with what is allowed', async () => {
    const server = await openServer()
    expect(await problemOf(await server.fetch('/v1/nothing'))).toMatchObject({ status: 404, code: 'not_found' })
    const wrong = await server.fetch(events, { method: 'DELETE' })
    expect(wrong.headers.get('allow')).toBe('POST, GET')
    expect(await problemOf(wrong)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect((await server.fetch('/healthz', { method: 'HEAD' })).status).toBe(405)
  })

  it('is answered 415 with the type to send', async () => {
    const server = await openServer()
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/xml', 'multipart/form-data', 'nonsense']) {
      const problem = await problemOf(await server.post(events, 'a=1', { 'content-type': type }))
      expect([type, problem.status, problem.detail.includes('application/json')]).toEqual([type, 415, true])
    }
    expect(await problemOf(await server.fetch(events, { method: 'POST' }))).toMatchObject({ status: 415 })
    expect(await problemOf(await server.post(events, '{}', { 'content-type': 'application/json; charset=utf-16' }))).toMatchObject({
      status: 415,
    })
    expect(await problemOf(await server.post(events, '{}', { 'content-encoding': 'gzip' }))).toMatchObject({ status: 415 })
    expect(await problemOf(await server.post('/v1/groups/clinic/ack', '{}', { 'content-type': 'application/x-ndjson' }))).toMatchObject({
      status: 415,
    })
  })

  it.each(['', '{', '{"a":1}x', "{'a':1}", 'NaN', '\ufeff{}'])('is answered 400 when the body %j is no JSON', async (body) => {
    const server = await openServer()
    expect(await problemOf(await server.post(events, body))).toMatchObject({ status: 400, code: 'invalid_json' })
  })

  it('is answered 400 when the body is not UTF-8', async () => {
    const server = await openServer()
    const body = Buffer.from([0x22, 0xff, 0xfe, 0x22])
    expect(
      await problemOf(await server.fetch(events, { method: 'POST', body, headers: { 'content-type': 'application/json' } })),
    ).toMatchObject({ status: 400, code: 'invalid_json' })
  })

  it('is answered 400 when JSON is nested 5,000 deep, and the server lives', async () => {
    const server = await openServer()
    expect(await problemOf(await server.post(events, '['.repeat(5_000) + ']'.repeat(5_000)))).toMatchObject({
      status: 400,
      code: 'too_deep',
    })
    expect((await server.fetch('/healthz')).status).toBe(200)
  })

  it('is answered 400 when the URL is malformed', async () => {
    const server = await openServer()
    const { socket, until } = await rawSocket(server.port)
    socket.write('GET /v1/topics/%zz/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 400 [\s\S]*problem\+json[\s\S]*"invalid_request"/)
    expect(await problemOf(await server.fetch(`/v1/topics/${'x'.repeat(400)}`))).toMatchObject({ status: 400 })
  })

  it('never shows a stack or the text of a foreign error', async () => {
    const server = await openServer()
    server.bus.publish = () => Promise.reject(new Error('postgres://user:hunter2@db failed'))
    const answer = await server.post(events, 1)
    const text = await answer.text()
    expect(answer.status).toBe(500)
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', status: 500 })
    expect(text).not.toMatch(/hunter2|at .*\.js/)
    expect(JSON.stringify(server.lines)).not.toContain('hunter2')
    expect(server.lines).toContainEqual(expect.objectContaining({ level: 'error', route: events.replace('permits', ':topic') }))
  })
})

describe('what is too much', () => {
  it('is refused at once when the length says so, and the connection ends', async () => {
    const server = await openServer()
    const { socket, until, closed } = await rawSocket(server.port)
    socket.write(`POST ${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n[`)
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*"too_large"/i)
    await closed
  })

  it('is counted while it streams in, whatever the length claims', async () => {
    const server = await openServer()
    const { socket, until, received } = await rawSocket(server.port)
    socket.write(`POST ${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    let sent = 0
    while (received() === '' && sent < 1_600) {
      if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
      sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 413 /)
    expect(sent).toBeLessThan(1_600)
    expect(server.bus.published).toEqual([])
  })

  it('is answered 431 when the headers exceed 16 KiB', async () => {
    const server = await openServer()
    const { socket, until, closed } = await rawSocket(server.port)
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Big: ${'x'.repeat(17_000)}\r\n\r\n`)
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 431 [\s\S]*problem\+json/)
    await closed
  })

  it('is answered 408 when headers drip in for more than five seconds', async () => {
    const server = await openServer()
    const { socket, until, closed } = await rawSocket(server.port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 408 [\s\S]*"timeout"/)
    await closed
  })

  it('is a body that drips in for more than ten seconds, while streams and polls may last', async () => {
    const server = await openServer()
    const stream = await rawSocket(server.port)
    stream.socket.write(`GET ${events} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`)
    const poll = server.post('/v1/groups/clinic/pull', { topics: ['permits'], wait: '60s' })
    const slow = await rawSocket(server.port)
    slow.socket.write(`POST ${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[`)
    await slow.closed
    expect(slow.received()).toMatch(/^HTTP\/1.1 408 /)
    server.bus.append('late')
    await stream.until(/late/)
    expect((await poll).status).toBe(200)
  })

  it('is a connection beyond the cap', async () => {
    const server = await openServer({ limits: { ...limits, maxConnections: 2 } })
    const first = await rawSocket(server.port)
    const second = await rawSocket(server.port)
    const third = await rawSocket(server.port)
    await third.closed
    expect(server.metrics.droppedConnections).toBe(1)
    first.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await first.until(/alive/)
    second.socket.destroy()
  })

  it('is anything that is not HTTP', async () => {
    const server = await openServer()
    const { socket, until, closed } = await rawSocket(server.port)
    socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n')
    expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 400 [\s\S]*"invalid_request"/)
    await closed
  })
})
