import { processEnvironment, readAddress } from './address.js'
import type { Bus } from './bus.js'
import { busOver } from './bus-over.js'
import { webSocketTo } from './link/websocket.js'

export interface ConnectOptions {
  /** The bus: `http(s)://[name:key@]host`. Default: `EVENT_BUS_URL`, else `http://127.0.0.1:4280`. */
  readonly url?: string
  /** The principal on open loopback, and the default group. Default: the URL's user, else `HMS_SYNC_NAME`. `null`: none, whatever the environment says. */
  readonly name?: string | null
  /** The credential. Default: the URL's password, else `HMS_SYNC_KEY`. */
  readonly key?: string
  /** Gets every error that nobody awaits. Default: one line on stderr for each new cause. */
  readonly onError?: (error: Error) => void
  /** Ends connecting; later it closes the bus. */
  readonly signal?: AbortSignal
  /** How long to try. Default 10,000. */
  readonly timeoutMs?: number
}

const connectTimeoutMs = 10_000

/**
 * Connects to a bus and keeps the connection. Resolves once the bus has greeted.
 * @throws SyncError `wrong_url` (also for a broker's URL), `unauthorized`, or `unreachable` when no bus answered in time.
 */
export async function connect(options: ConnectOptions = {}): Promise<Bus> {
  options.signal?.throwIfAborted()
  const address = readAddress(options, processEnvironment())
  const bus = busOver(webSocketTo(address), {
    name: address.name,
    patienceMs: options.timeoutMs ?? connectTimeoutMs,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  try {
    await bus.welcomed
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  }
  return bus
}
