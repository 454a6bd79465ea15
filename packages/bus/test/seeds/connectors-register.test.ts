/** Seed 002, sections 3 and 5.1: a connector registered at run time. Changed: import lines and the URL. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { eventually, start } from '../processes.js'
import { busWith, memberOf, programFolder } from './programs.js'

const connectorsFile = (url: string) => `
const { connectors } = require('@hms-sync/client')

// Register a “scheduling” connector
connectors.register('scheduling', {
  url: '${url}',
  method: 'POST',
  // Map an internal event to the external API payload
  map: event => ({
    permitId: event.id,
    date: event.approvedDate,
    inspector: event.inspectorName
  })
})
`
const emitFile = `
const { eventBus } = require('@hms-sync/client')
for (const approvedDate of ['2024-06-01', '2024-06-02', '2024-06-03']) {
  eventBus.emit({ type: 'permitApproved', id: 123, approvedDate, inspectorName: 'Lee' })
}
eventBus.close().then(() => console.log('emitted'))
`

interface Call {
  readonly permitId: number
  readonly date: string
  readonly inspector: string
  readonly idempotencyKey: string
}

/** The scheduling system on a port that stays the same over a stop. */
async function schedulingSystem(port: number, calls: Call[]): Promise<Server> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      calls.push({ ...JSON.parse(text), idempotencyKey: String(request.headers['idempotency-key']) })
      // The first call of all is answered with a failure, so that a second try of the same event shows.
      response.writeHead(calls.length === 1 ? 503 : 200).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

it('brings what was emitted while the system was stopped, in order, each with one Idempotency-Key', async () => {
  const bus = await busWith('permitApproved: { key: id }\n')
  const calls: Call[] = []
  const before = await schedulingSystem(0, calls)
  const { port } = before.address() as AddressInfo
  await new Promise((resolve) => before.close(resolve))

  const folder = await programFolder({
    'config/connectors.cjs': connectorsFile(`http://127.0.0.1:${port}/api/slots`),
    'emit.cjs': emitFile,
  })
  const connector = start([join(folder, 'config/connectors.cjs')], { env: bus.env })
  onTestFinished(async () => void (await connector.stop('SIGKILL')))
  await memberOf(bus, 'scheduling')
  await start([join(folder, 'emit.cjs')], { env: bus.env }).says(/emitted/)

  const after = await schedulingSystem(port, calls)
  onTestFinished(() => {
    after.closeAllConnections()
    after.close()
  })
  await eventually(() => (calls.some(({ date }) => date === '2024-06-03') ? true : undefined))
  expect(calls[0]).toEqual({ permitId: 123, date: '2024-06-01', inspector: 'Lee', idempotencyKey: expect.stringMatching(/\S{8,}/) })
  expect(calls.map(({ date }) => date)).toEqual(['2024-06-01', '2024-06-01', '2024-06-02', '2024-06-03'])
  expect(calls[1]!.idempotencyKey).toBe(calls[0]!.idempotencyKey)
  expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3)
})
