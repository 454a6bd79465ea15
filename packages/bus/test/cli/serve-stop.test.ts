import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { type BusProcess, eventually, run, startBus, temporaryFolder } from '../processes.js'

/** A system that takes requests and answers them only once it may. */
async function slowSystem(): Promise<{ readonly url: string; readonly keys: string[]; answer(): void }> {
  const keys: string[] = []
  let mayAnswer = false
  const server = createServer((request, response) => {
    keys.push(String(request.headers['idempotency-key']))
    request.resume()
    if (mayAnswer) response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const answer = (): void => {
    mayAnswer = true
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, keys, answer }
}

async function busWithAdapter(url: string): Promise<{ start(): Promise<BusProcess> }> {
  const folder = await temporaryFolder({
    'topics.yaml': 'permitApproved: { key: permitId }\n',
    'adapters/slow.js': `export default { url: '${url}', timeoutMs: 60_000 }\n`,
  })
  onTestFinished(folder.remove)
  return {
    async start() {
      const bus = await startBus(folder.path)
      onTestFinished(async () => void (await bus.stop('SIGKILL')))
      return bus
    },
  }
}

it('ends within ten seconds on SIGTERM while a system does not answer, and sends the event again after the next start', async () => {
  const system = await slowSystem()
  const project = await busWithAdapter(system.url)
  const bus = await project.start()
  await run(['publish', 'permitApproved', '{"permitId":7}'], { env: bus.env })
  await eventually(() => system.keys[0])

  const askedAt = performance.now()
  expect(await bus.stop('SIGTERM')).toMatchObject({ code: 0, signal: null })
  expect(performance.now() - askedAt).toBeLessThan(10_500)

  system.answer()
  await project.start()
  expect(await eventually(() => system.keys[1])).toBe(system.keys[0])
})

it('ends at once on the second signal', async () => {
  const system = await slowSystem()
  const bus = await (await busWithAdapter(system.url)).start()
  await run(['publish', 'permitApproved', '{"permitId":7}'], { env: bus.env })
  await eventually(() => system.keys[0])

  bus.child.kill('SIGINT')
  await bus.says(/Stopping/)
  const saidAt = performance.now()
  await eventually(() => (performance.now() - saidAt > 600 ? true : undefined))
  const askedAt = performance.now()
  expect(await bus.stop('SIGINT')).toMatchObject({ code: 1 })
  expect(performance.now() - askedAt).toBeLessThan(3_000)
})
