import { expect, it } from 'vitest'
import { openServer, rawSocket } from './open-server.js'

const events = '/v1/topics/permits/events'

it('lets requests under way finish, and closes their connections', async () => {
  const server = await openServer()
  let release = () => {}
  server.bus.hold = new Promise((resolve) => {
    release = resolve
  })
  const publishing = server.post(events, { permitId: 7 })
  while (server.bus.published.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const closed = server.close()
  release()
  const answer = await publishing
  expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
  await closed
})

it('accepts nothing new while it closes', async () => {
  const server = await openServer()
  let release = () => {}
  server.bus.hold = new Promise((resolve) => {
    release = resolve
  })
  const { socket, until } = await rawSocket(server.port)
  const request = `POST ${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1`
  socket.write(request)
  while (server.bus.published.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const closed = server.close()
  await expect(fetch(server.url)).rejects.toThrow()
  socket.write(request)
  release()
  expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 201 /)
  await closed
  expect(server.bus.published).toHaveLength(1)
})

it('cuts off a request that does not end within its time', { timeout: 15_000 }, async () => {
  const server = await openServer()
  server.bus.hold = new Promise(() => {})
  const publishing = server.post(events, 1).then(
    () => 'answered',
    () => 'cut off',
  )
  while (server.bus.published.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await server.close()
  expect(await publishing).toBe('cut off')
})

it('may be closed twice, also with idle connections', async () => {
  const server = await openServer()
  await server.fetch('/healthz')
  await Promise.all([server.close(), server.close()])
  await server.close()
})

it('keeps answering a client that offers HTTP/2, as Java’s does', async () => {
  const server = await openServer()
  const { socket, until } = await rawSocket(server.port)
  const body = '{"permitId":7}'
  socket.write(
    `POST ${events} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  expect(await until(/\}$/)).toMatch(/^HTTP\/1.1 201 /)
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until(/alive/)
})
