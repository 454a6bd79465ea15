import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { MemoryBus } from './memory-bus.js'

export interface SocketBus {
  readonly url: string
  readonly port: number
  readonly memory: MemoryBus
  /** The `authorization` header of each connection. */
  readonly authorizations: (string | undefined)[]
  /** Drops every connection without a word. */
  cut(): void
  close(): Promise<void>
}

/** The bus in memory behind a real WebSocket on loopback. `refuse` answers every connection with that status and body instead. */
export async function startSocketBus(
  options: { readonly port?: number; readonly refuse?: { readonly status: number; readonly body: string } } = {},
): Promise<SocketBus> {
  const memory = new MemoryBus()
  const authorizations: (string | undefined)[] = []
  const http = createServer((_, response) => void response.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    authorizations.push(request.headers.authorization)
    if (options.refuse !== undefined || request.url !== '/v1/stream') {
      const { status, body } = options.refuse ?? { status: 404, body: 'Not found' }
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (websocket) => void carry(memory, websocket))
  })
  http.listen(options.port ?? 0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const cut = (): void => {
    for (const websocket of sockets.clients) websocket.terminate()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    memory,
    authorizations,
    cut,
    close: async () => {
      cut()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function carry(memory: MemoryBus, websocket: WebSocket): Promise<void> {
  const channel = await memory.open(
    { frame: (text) => websocket.send(text), closed: () => websocket.terminate() },
    new AbortController().signal,
  )
  websocket.on('message', (data) => channel.send((data as Buffer).toString()))
  websocket.on('close', () => channel.close())
}
