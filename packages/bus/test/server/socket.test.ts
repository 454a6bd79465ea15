import { once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { limits, openServer, problemOf, rawSocket } from './open-server.js'

const hello = JSON.stringify({ op: 'hello', v: 1, name: 'clinic' })

interface Frame {
  readonly op: string
  readonly [field: string]: unknown
}

/** A WebSocket that has said hello, with every frame it got. */
async function talk(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, { headers })
  const frames: Frame[] = []
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Frame))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: (reason as Buffer).toString() }))
  await once(socket, 'open')
  /** The first frame of the kind; the one that gives a reader its place holds no events and is passed over. */
  const until = async (op: string): Promise<Frame> => {
    for (;;) {
      const frame = frames.find((one) => one.op === op && !(Array.isArray(one.items) && one.items.length === 0))
      if (frame !== undefined) return frame
      await once(socket, 'message')
    }
  }
  socket.send(hello)
  await until('welcome')
  return { socket, frames, until, closed, send: (frame: object) => socket.send(JSON.stringify(frame)) }
}

it('publishes and follows over one connection, under the name that hello gave', async () => {
  const server = await openServer()
  const { send, until, frames } = await talk(server.url)
  expect(frames[0]).toMatchObject({ op: 'welcome', name: 'clinic' })
  send({ op: 'subscribe', sub: 1, topics: ['permits'], since: 'all', credit: 10 })
  send({ op: 'publish', ref: 1, topic: 'permits', events: [{ payload: { permitId: 7 } }] })
  expect(await until('published')).toMatchObject({ ref: 1, results: [{ status: 201 }] })
  expect(await until('events')).toMatchObject({ sub: 1, items: [{ payload: { permitId: 7 } }] })
  expect(server.metrics.sockets).toBe(1)
})

it('takes the name of the URL over that of hello', async () => {
  const server = await openServer()
  const { frames } = await talk(server.url, { authorization: `Basic ${Buffer.from('city:key').toString('base64')}` })
  expect(frames[0]).toMatchObject({ name: 'city' })
})

it('says why before it closes a connection that breaks the rules', async () => {
  const server = await openServer()
  const binary = await talk(server.url)
  binary.socket.send(Buffer.from([1, 2, 3]))
  expect([await binary.until('closing'), await binary.closed]).toMatchObject([{ error: { code: 'invalid_request' } }, { code: 1008 }])
  const garbled = await talk(server.url)
  garbled.socket.send('{oops')
  expect([await garbled.until('closing'), await garbled.closed]).toMatchObject([{ error: { code: 'invalid_json' } }, { code: 1008 }])
  const large = await talk(server.url)
  large.socket.send('x'.repeat(limits.maxBodyBytes + 100_000))
  expect(await large.closed).toMatchObject({ code: 1009 })
})

it('tells every connection when the server closes, and does not wait for those that do not listen', { timeout: 15_000 }, async () => {
  const server = await openServer()
  const polite = await talk(server.url)
  const deaf = await rawSocket(server.port)
  deaf.socket.write(
    'GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await deaf.until(/101 Switching/)
  await server.close()
  expect([await polite.until('closing'), await polite.closed]).toMatchObject([{ error: { code: 'shutting_down' } }, { code: 1012 }])
  await deaf.closed
})

it('cuts off a subscriber that does not read', async () => {
  const server = await openServer()
  const payload = 'x'.repeat(200_000)
  for (let i = 0; i < 200; i++) server.bus.append(payload)
  const { socket, send, until } = await talk(server.url)
  socket.pause()
  send({ op: 'subscribe', sub: 1, topics: ['permits'], since: 'all', credit: 1_000 })
  while (server.metrics.slowReaders === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(server.lines).toContainEqual(expect.objectContaining({ level: 'warn', reason: 'slow_consumer', principal: 'anonymous' }))
  while (server.metrics.sockets > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(until).toBeDefined()
  socket.terminate()
})

it('sends a subscriber that read nothing for a while the rest once it reads', async () => {
  const server = await openServer({ limits: { ...limits, stallTimeoutMs: 60_000 } })
  const payload = 'x'.repeat(200_000)
  for (let i = 0; i < 200; i++) server.bus.append(payload)
  const reading = vi.spyOn(server.bus, 'read')
  const { socket, frames, send } = await talk(server.url)
  socket.pause()
  send({ op: 'subscribe', sub: 1, topics: ['permits'], since: 'all', credit: 1_000_000_000 })
  while (reading.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  server.bus.append('the last')
  send({ op: 'subscribe', sub: 2, topics: ['permits'], since: 'all', credit: 1_000_000_000 })
  while (reading.mock.calls.length === 1) await new Promise((resolve) => setImmediate(resolve))
  socket.resume()
  const gotLast = (sub: number) =>
    frames.some((frame) => frame.op === 'events' && frame.sub === sub && JSON.stringify(frame.items).includes('the last'))
  while (!gotLast(1) || !gotLast(2)) await once(socket, 'message')
})

it('is at one address only, and says so to a plain request', async () => {
  const server = await openServer()
  expect(await problemOf(await server.fetch('/v1/stream'))).toMatchObject({ status: 400, code: 'invalid_request' })
  const { socket, until } = await rawSocket(server.port)
  socket.write(
    'GET /v1/topics HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 404 [\s\S]*\/v1\/stream/)
})
