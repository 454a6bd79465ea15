import { expect, it } from 'vitest'
import { silentLog } from '#dist/observe/log.js'
import { startServer } from '#dist/server/start-server.js'
import { limits, openServer, rawSocket } from './open-server.js'
import { SmallBus } from './small-bus.js'

/** The status of a request with these header lines, at any door. */
async function statusOf(port: number, lines: readonly string[], requestLine = 'GET /healthz HTTP/1.1'): Promise<number> {
  const { socket, until } = await rawSocket(port)
  socket.write(`${requestLine}\r\n${lines.join('\r\n')}\r\n\r\n`)
  const text = await until(/^HTTP\/1.1 \d+/)
  socket.destroy()
  return Number(/^HTTP\/1.1 (\d+)/.exec(text)![1])
}

it.each(['localhost', 'LOCALHOST:80', '127.0.0.1', '127.8.9.10:4280', '[::1]', '[::1]:4280'])('answers to the Host %s', async (host) => {
  const server = await openServer()
  expect(await statusOf(server.port, [`Host: ${host}`])).toBe(200)
})

it.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.256',
  '10.0.0.1',
  '[::2]',
  '::1',
  'localhost:x',
  'user@localhost',
  '',
])('refuses the Host "%s"', async (host) => {
  const server = await openServer()
  expect(await statusOf(server.port, [`Host: ${host}`])).toBe(403)
  expect(await statusOf(server.port, ['Host: localhost'])).toBe(200)
})

it('refuses a request without any Host', async () => {
  const server = await openServer()
  expect(await statusOf(server.port, [], 'GET /healthz HTTP/1.0')).toBe(403)
})

const doors = [
  'GET / HTTP/1.1',
  'GET /v1/topics HTTP/1.1',
  'GET /v1/topics/permits/events HTTP/1.1\r\nAccept: text/event-stream',
  'POST /v1/topics/permits/events HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2',
  'GET /metrics HTTP/1.1',
  'GET /nowhere HTTP/1.1',
  'GET /v1/stream HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

it.each(doors)('refuses foreign origins and hosts at %s', async (door) => {
  const server = await openServer()
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost:1',
    'file://',
    `https://localhost:${server.port}`,
    `http://evil.example:${server.port}`,
  ]) {
    expect([origin, await statusOf(server.port, ['Host: localhost', `Origin: ${origin}`], door)]).toEqual([origin, 403])
  }
  expect(await statusOf(server.port, ['Host: evil.example'], door)).toBe(403)
  expect(await statusOf(server.port, ['Host: localhost', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'], door)).toBe(403)
  expect(server.bus.published).toEqual([])
})

it('serves its own page, and one that follows a link', async () => {
  const server = await openServer()
  expect(await statusOf(server.port, ['Host: localhost', `Origin: http://localhost:${server.port}`])).toBe(200)
  expect(await statusOf(server.port, ['Host: localhost', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: cors'])).toBe(200)
  expect(await statusOf(server.port, ['Host: localhost', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'])).toBe(200)
})

it('listens on loopback only', async () => {
  const options = { bus: new SmallBus().bus, limits, port: 0, log: silentLog }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com']) {
    await expect(startServer({ ...options, host })).rejects.toMatchObject({ code: 'invalid_config' })
  }
})

it('says which port is taken', async () => {
  const server = await openServer()
  await expect(startServer({ bus: server.bus.bus, limits, port: server.port, host: '127.0.0.1', log: silentLog })).rejects.toThrow(
    `Port ${server.port}`,
  )
})

it('listens on [::1] too', async () => {
  const server = await openServer({ host: '::1' })
  expect(server.url).toBe(`http://[::1]:${server.port}`)
  expect((await server.fetch('/healthz')).status).toBe(200)
})
