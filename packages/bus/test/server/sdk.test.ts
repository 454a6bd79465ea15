import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect } from '@hms-sync/client'
import { openLog } from '#dist/observe/log.js'
import { Metrics } from '#dist/observe/metrics.js'
import { startServer } from '#dist/server/start-server.js'
import { describeSdk } from '../../../client/test/sdk-suite.js'
import { openSdkProject } from '../sdk-project.js'

/** The SDK's suite over `connect()` and the server; a relay stands between them, so that connections can be cut under both. */
describeSdk('connect() and the server', async () => {
  const { bus, project, makeTopic, close } = await openSdkProject()
  const { limits } = project.config
  const server = await startServer({ bus, limits, host: '127.0.0.1', port: 0, log: openLog('error'), metrics: new Metrics() })
  const relay = await startRelay(Number(new URL(server.url).port))
  return {
    makeBus: (options = {}) => connect({ url: `http://127.0.0.1:${relay.port}`, name: null, ...options }),
    makeTopic,
    cut: async () => relay.cut(),
    close: async () => {
      relay.close()
      await server.close()
      await close()
    },
  }
})

async function startRelay(port: number): Promise<{ readonly port: number; cut(): void; close(): void }> {
  const sockets = new Set<Socket>()
  const relay = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (relay.address() as AddressInfo).port,
    cut,
    close: () => {
      cut()
      relay.close()
    },
  }
}
