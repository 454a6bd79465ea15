import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Receipt {
  /** The path it came to, which names the adapter. */
  readonly path: string
  readonly payload: { readonly id: string; readonly ok: boolean }
  readonly idempotencyKey: string
}

/** An external system that refuses what is not `ok`, until it is told to take everything. It answers with what a terminal must not get. */
export class FussySystem {
  readonly receipts: Receipt[] = []
  takesAll = false
  /** Paths that are not answered before `release`. */
  readonly held = new Set<string>()
  readonly #waiting: ServerResponse[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    server.on('request', async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      const receipt = { path: request.url!, payload: JSON.parse(body), idempotencyKey: String(request.headers['idempotency-key']) }
      this.receipts.push(receipt)
      if (this.held.has(receipt.path)) this.#waiting.push(response)
      else if (receipt.payload.ok || this.takesAll) response.writeHead(200).end()
      else response.writeHead(422, { 'content-type': 'text/plain' }).end('not \u001b[31mok\u202e')
    })
  }

  static async start(): Promise<FussySystem> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FussySystem(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What one adapter brought. */
  of(adapter: string): readonly Receipt[] {
    return this.receipts.filter(({ path }) => path === `/${adapter}`)
  }

  release(path: string): void {
    this.held.delete(path)
    for (const response of this.#waiting.splice(0)) response.writeHead(200).end()
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
