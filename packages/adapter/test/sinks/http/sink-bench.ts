import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Collected } from '#dist/faults.js'
import { readHttpOptions } from '#dist/sinks/http/read-options.js'
import { HttpSink } from '#dist/sinks/http.js'
import type { OutboundGuard } from '../../../src/outbound-guard.js'
import type { SinkDelivery, SinkOutcome } from '../../../src/sink.js'
import type { HttpOptions } from '../../../src/sinks/http/http-options.js'
import { eventOf } from '../../test-target.js'

export function deliveryOf(fields: Partial<SinkDelivery> = {}): SinkDelivery {
  return { event: eventOf({ permitId: 7 }), value: { permitId: 7 }, attempt: 1, idempotencyKey: 'k-1', ...fields }
}

/** Servers that misbehave and sinks that meet them, on loopback; `close` ends all of them. */
export class HttpBench {
  readonly #closers: (() => Promise<void> | void)[] = []

  sink(options: HttpOptions, guard?: OutboundGuard): HttpSink {
    const collected = new Collected()
    const settings = readHttpOptions({ ...options }, '', collected)
    collected.throwIfAny('the options')
    const sink = new HttpSink({ ...settings!, ...(guard === undefined ? {} : { guard }) })
    this.#closers.push(() => sink.close())
    return sink
  }

  async send(options: HttpOptions, fields: Partial<SinkDelivery> = {}, guard?: OutboundGuard): Promise<SinkOutcome> {
    const [outcome] = await this.sink(options, guard).apply([deliveryOf(fields)], new AbortController().signal)
    return outcome!
  }

  /** Two events over one connection: the second waits for it. */
  async sendTwo(options: HttpOptions, signal = new AbortController().signal): Promise<readonly [SinkOutcome, SinkOutcome]> {
    const sink = this.sink({ ...options, concurrency: 1 })
    const [[first], [second]] = await Promise.all([
      sink.apply([deliveryOf()], signal),
      sink.apply([deliveryOf({ idempotencyKey: 'k-2' })], signal),
    ])
    return [first!, second!]
  }

  /** An HTTP server; answers when it has read the request. */
  async http(answer: (...args: Parameters<RequestListener>) => void): Promise<string> {
    const server = createHttpServer((request, response) => request.resume().on('end', () => answer(request, response)))
    return `http://127.0.0.1:${await this.#listen(server)}`
  }

  async https(options: TlsOptions, answer: (...args: Parameters<RequestListener>) => void): Promise<string> {
    const server = createHttpsServer(options, (request, response) => request.resume().on('end', () => answer(request, response)))
    server.on('tlsClientError', () => {})
    return `https://localhost:${await this.#listen(server)}`
  }

  async tls(options: TlsOptions): Promise<string> {
    const server = createTlsServer(options, (socket) => socket.on('error', () => {}))
    server.on('tlsClientError', () => {})
    return `https://localhost:${await this.#listen(server)}`
  }

  async tcp(scheme: 'http' | 'https', accept: (socket: Socket) => void): Promise<string> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      accept(socket)
    })
    return `${scheme}://127.0.0.1:${await this.#listen(server)}`
  }

  /** Says these bytes to whoever has sent something. */
  bytes(text: string): Promise<string> {
    return this.tcp('http', (socket) => void socket.once('data', () => socket.write(text)))
  }

  async closedPort(): Promise<string> {
    const server = createTcpServer()
    const port = await this.#listen(server)
    await new Promise((resolve) => server.close(resolve))
    return `http://127.0.0.1:${port}`
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }

  async #listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>()
    server.on('connection', (socket) => sockets.add(socket))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    this.#closers.push(async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    })
    return (server.address() as AddressInfo).port
  }
}
