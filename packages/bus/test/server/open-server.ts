import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { openLog } from '#dist/observe/log.js'
import { Metrics } from '#dist/observe/metrics.js'
import { type RunningServer, type ServerOptions, startServer } from '#dist/server/start-server.js'
import { SmallBus } from './small-bus.js'

export const limits = { maxBodyBytes: 1024 * 1024, maxJsonDepth: 32, maxBatchEvents: 1_000, maxConnections: 200, stallTimeoutMs: 400 }

export interface OpenedServer extends RunningServer {
  readonly bus: SmallBus
  readonly metrics: Metrics
  /** Every line of the log. */
  readonly lines: Record<string, unknown>[]
  fetch(path: string, init?: RequestInit): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
}

/** A server on a free port that ends with the test. */
export async function openServer(options: Partial<ServerOptions> = {}, bus = new SmallBus()): Promise<OpenedServer> {
  const lines: Record<string, unknown>[] = []
  const metrics = new Metrics()
  const log = openLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) })
  const server = await startServer({ bus: bus.bus, limits, host: '127.0.0.1', port: 0, log, metrics, ...options })
  onTestFinished(() => server.close())
  const go = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
  return {
    ...server,
    bus,
    metrics,
    lines,
    fetch: go,
    post: (path, body, headers = {}) =>
      go(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  }
}

export async function problemOf(response: Response): Promise<{ readonly status: number; readonly code: string; readonly detail: string }> {
  if (response.headers.get('content-type')?.startsWith('application/problem+json') !== true)
    throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as { readonly status: number; readonly code: string; readonly detail: string }
}

/** A bare socket to the server, to send what no client would. */
export async function rawSocket(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    closed,
    received: () => text,
    async until(pattern) {
      while (!pattern.test(text))
        await Promise.race([once(socket, 'data'), closed.then(() => Promise.reject(new Error(`closed after: ${text}`)))])
      return text
    },
  }
}

export interface RawSocket {
  readonly socket: Socket
  readonly closed: Promise<void>
  readonly received: () => string
  readonly until: (pattern: RegExp) => Promise<string>
}

/** Blocks of a stream of server-sent events, one at a time. */
export async function* sseBlocks(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      yield text.slice(0, end)
      text = text.slice(end + 2)
    }
  }
}
