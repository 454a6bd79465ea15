import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { eventually } from '../processes.js'
import type { Lives } from './lives.js'
import type { Receipt } from './recorded-group.js'

/** What came in one request. */
export interface Posted {
  readonly id: string
  readonly key: string
  readonly n: number
  /** An operator has mended the payload. */
  readonly mended?: boolean
  /** How often this event has come, this time included. */
  readonly tries: number
}

/** What the system says to it: a status, seconds to wait beside it, a text beside it, all of it after some milliseconds of work, undone if nobody waits for it any more; or nothing, ever. */
export type Answer =
  | number
  | { readonly status: number; readonly retryAfter?: number; readonly text?: string; readonly workMs?: number }
  | 'hang'

export interface TargetReceipt extends Receipt {
  readonly idempotencyKey: string
  /** By `performance.now()`. */
  readonly at: number
  readonly accepted: boolean
}

export interface AdapterFileOptions {
  /** Milliseconds. */
  readonly timeoutMs?: number
  readonly retry?: readonly string[]
  readonly maxAttempts?: number | null
  readonly topics?: readonly string[]
}

export interface TargetOptions {
  readonly name?: string
  /** Default: 200 to everything. */
  readonly answers?: (posted: Posted) => Answer
}

/** An external system that an adapter writes to: writes down what it got. Can be stopped and started again on its port. */
export class RecordingTarget {
  readonly name: string
  readonly receipts: TargetReceipt[] = []
  readonly seen = new Set<string>()
  /** Of these, what was answered 200. */
  readonly accepted = new Set<string>()
  lives: Lives | null = null
  /** A receipt counts as settled so long after it was answered: by then the bus has long written it down. */
  readonly #settledAfterMs = 1_000
  readonly #tries = new Map<string, number>()
  readonly #answers: (posted: Posted) => Answer
  /** In which life of the bus a connection was made. */
  readonly #lives = new WeakMap<Socket, number>()
  #server: Server | null = null
  #port = 0

  private constructor({ name = 'scheduling', answers = () => 200 }: TargetOptions) {
    this.name = name
    this.#answers = answers
  }

  static async start(options: TargetOptions = {}): Promise<RecordingTarget> {
    const target = new RecordingTarget(options)
    await target.resume()
    return target
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The text of an adapter file that writes here. */
  adapterFile(options: AdapterFileOptions = {}): string {
    return `export default {
  url: '${this.url}/events',
  map: ({ n, mended }, event) => ({ id: event.id, key: event.key, n, mended }),
  ...${JSON.stringify(options)},
}
`
  }

  async resume(): Promise<void> {
    const server = createServer((request, response) => void this.#take(request, response))
    // What a bus that was killed had sent may be read when the next one has started.
    server.on('connection', (socket) => this.#lives.set(socket, this.lives?.count ?? 0))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Resolves when nobody is connected: what a bus that was killed had sent has been read, and belongs to its own life. */
  async left(): Promise<void> {
    const server = this.#server
    const connections = () =>
      new Promise<number>((resolve, reject) => server?.getConnections((error, count) => (error ? reject(error) : resolve(count))))
    if (server !== null) await eventually(async () => (await connections()) === 0 || undefined)
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
    const posted = JSON.parse(text) as Omit<Posted, 'tries'>
    const { id, key, n } = posted
    const tries = (this.#tries.get(id) ?? 0) + 1
    this.#tries.set(id, tries)
    const answer = this.#answers({ ...posted, tries })
    const {
      status,
      retryAfter,
      text: said,
    } = typeof answer === 'object' ? { text: '', retryAfter: undefined, ...answer } : { status: answer, text: '' }
    if (typeof answer === 'object' && answer.workMs !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, answer.workMs))
      if (request.socket.destroyed) return
    }
    const accepted = status === 200
    const at = performance.now()
    this.receipts.push({
      id,
      key,
      n,
      attempt: 0,
      life: this.#lives.get(request.socket) ?? 0,
      answered: true,
      at,
      accepted,
      settledAt: accepted ? at + this.#settledAfterMs : null,
      idempotencyKey: String(request.headers['idempotency-key']),
    })
    this.seen.add(id)
    if (accepted) this.accepted.add(id)
    if (status === 'hang') return
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }).end(said)
  }
}
