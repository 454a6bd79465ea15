/** The bus's own server with its guards, limits and parsers, over a bus that checks nothing, stores nothing and answers at once. */
import type { SyncBus } from '../../packages/bus/dist/bus.js'
import { openLog } from '../../packages/bus/dist/observe/log.js'
import type { Limits } from '../../packages/bus/dist/registry/config.js'
import { startServer } from '../../packages/bus/dist/server/start-server.js'
import { answerJobs } from '../harness/processes.js'

const limits: Limits = {
  maxBodyBytes: 1024 * 1024,
  maxJsonDepth: 32,
  maxBatchEvents: 1_000,
  maxConnections: 10_000,
  stallTimeoutMs: 30_000,
}

let number = 0
const publish: SyncBus['publish'] = (_principal, _topic, events) =>
  Promise.resolve(
    events.map(() => {
      number++
      return { status: 201, id: `0197a0b4-7c1e-7a3f-9b1c-${String(number).padStart(12, '0')}`, position: `0-${number}`, duplicate: false }
    }),
  )

answerJobs<null, { readonly port: number }>(async () => {
  const server = await startServer({ bus: { publish } as SyncBus, limits, host: '127.0.0.1', port: 0, log: openLog('silent') })
  return { port: server.port }
})
