import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Lives } from './lives.js'
import type { Receipt } from './recorded-group.js'

export interface TargetReceipt extends Receipt {
  readonly idempotencyKey: string
}

/** An external system that an adapter writes to: answers 200 and writes down what it got. Can be stopped and started again on its port. */
export class RecordingTarget {
  readonly name = 'scheduling'
  readonly receipts: TargetReceipt[] = []
  readonly seen = new Set<string>()
  /** Of these, what was answered 200. */
  readonly accepted = new Set<string>()
  lives: Lives | null = null
  /** A receipt counts as settled so long after it was answered: by then the bus has long written it down. */
  readonly #settledAfterMs = 1_000
  #server: Server | null = null
  #port = 0

  readonly #refuses: (event: { readonly key: string }) => boolean

  private constructor(refuses: (event: { readonly key: string }) => boolean) {
    this.#refuses = refuses
  }

  /** @param refuses which events are answered 503 */
  static async start({
    refuses = () => false,
  }: {
    readonly refuses?: (event: { readonly key: string }) => boolean
  } = {}): Promise<RecordingTarget> {
    const target = new RecordingTarget(refuses)
    await target.resume()
    return target
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The text of an adapter file that writes here. */
  adapterFile(): string {
    return `export default { url: '${this.url}/events', map: (payload, event) => ({ id: event.id, key: event.key, n: payload.n }) }\n`
  }

  async resume(): Promise<void> {
    const server = createServer((request, response) => void this.#take(request, response))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** As a system that went down: the port refuses, connections end. May be called twice. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    try {
      for await (const chunk of request) text += chunk
    } catch {
      return // The bus was killed within its request.
    }
    const { id, key, n } = JSON.parse(text) as { id: string; key: string; n: number }
    const refused = this.#refuses({ key })
    this.receipts.push({
      id,
      key,
      n,
      attempt: 0,
      life: this.lives?.count ?? 0,
      answered: true,
      settledAt: refused ? null : performance.now() + this.#settledAfterMs,
      idempotencyKey: String(request.headers['idempotency-key']),
    })
    this.seen.add(id)
    if (!refused) this.accepted.add(id)
    response.writeHead(refused ? 503 : 200).end()
  }
}
