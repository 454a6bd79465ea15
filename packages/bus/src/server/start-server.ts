import type { AddressInfo } from 'node:net'
import { SyncError } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Log } from '../observe/log.js'
import { Metrics } from '../observe/metrics.js'
import type { Limits } from '../registry/config.js'
import { createApp } from './app.js'
import { LiveDoors } from './live-doors.js'
import { createLoopbackGuard, isLoopbackAddress } from './loopback-guard.js'
import { PullDesks } from './pull-desks.js'
import type { AdaptersView, Reload, ServerParts } from './route.js'
import { allRoutes } from './routes.js'
import { acceptSockets } from './socket.js'

export interface ServerOptions {
  readonly bus: SyncBus
  readonly limits: Limits
  /** A loopback address: while no credentials are configured nothing else is listened on. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly log: Log
  readonly metrics?: Metrics
  readonly adapters?: AdaptersView
  /** Reads the project folder anew, for `topics apply`. */
  readonly reload?: Reload
}

export interface RunningServer {
  /** `http://127.0.0.1:4280` */
  readonly url: string
  readonly port: number
  /**
   * Stops accepting, ends streams, sockets and waiting pulls with a reason, lets requests finish for at most 5 s.
   * The bus stays open. May be called twice.
   */
  close(): Promise<void>
}

/** What is under way gets this long when the server closes. */
const finishMs = 5_000

/**
 * Opens the doors of a bus. Resolves when they are open.
 * @throws SyncError `invalid_config` when the host is not loopback or the port is taken.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { bus, limits, log, metrics = new Metrics(), adapters = { list: () => [] }, reload } = options
  const host = options.host === 'localhost' ? '127.0.0.1' : options.host.replace(/^\[(.*)\]$/, '$1')
  if (!isLoopbackAddress(host)) {
    throw new SyncError(
      'invalid_config',
      `The host ${options.host.slice(0, 100)} can be reached by others, and no credentials are configured. Listen on 127.0.0.1 or ::1.`,
    )
  }
  const live = new LiveDoors()
  const parts: ServerParts = {
    bus,
    limits,
    log,
    metrics,
    adapters,
    live,
    pulls: new PullDesks(bus),
    ...(reload === undefined ? {} : { reload }),
  }
  const guard = createLoopbackGuard()
  const app = createApp(parts, guard, allRoutes(parts))
  acceptSockets(app.server, parts, guard)
  app.server.on('drop', () => {
    metrics.droppedConnections++
    log.debug({ maxConnections: limits.maxConnections }, 'A connection was refused: there are too many')
  })
  await app.listen({ host, port: options.port }).catch((error: unknown) => {
    throw listenFault(error, host, options.port)
  })
  const { port } = app.server.address() as AddressInfo
  guard.listensOn(port)

  const close = async () => {
    live.endAll()
    await parts.pulls.close(live.closing!)
    const closed = app.close()
    // A connection whose request was under way becomes idle when it is answered, and must not hold the rest up.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 20)
    const cut = setTimeout(() => app.server.closeAllConnections(), finishMs)
    await closed
    clearInterval(sweep)
    clearTimeout(cut)
  }
  let closing: Promise<void> | null = null
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, close: () => (closing ??= close()) }
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const { code } = error as { readonly code?: string }
  if (code === 'EADDRINUSE')
    return new SyncError(
      'invalid_config',
      `Port ${port} on ${host} is taken by another process. End it, or choose another port with --port or HMS_SYNC_PORT.`,
      { cause: error },
    )
  if (code === 'EACCES')
    return new SyncError(
      'invalid_config',
      `This user may not listen on port ${port}. Choose one above 1023 with --port or HMS_SYNC_PORT.`,
      { cause: error },
    )
  if (code === 'EADDRNOTAVAIL')
    return new SyncError('invalid_config', `This machine has no address ${host}. Listen on 127.0.0.1.`, { cause: error })
  return error
}
