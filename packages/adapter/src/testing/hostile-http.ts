import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { badText, type SinkValue } from './sink-bench.js'
import type { TroubleName } from './troubles.js'

/** How it answers: as a system should, or with one of the troubles. */
export type HttpMood = 'healthy' | Exclude<TroubleName, 'locked' | 'full' | 'gone'>

/** Of the answer that comes late. */
const slowMs = 150
const longestBody = 2 * 1024 * 1024

/**
 * A system behind HTTP that takes JSON bodies, of one value or a list of them, keeps what took effect, and can be told to misbehave. It honours the
 * `Idempotency-Key`: a body whose key it knows is answered as the first time and takes no effect. Loopback only.
 */
export class HostileHttp {
  /** What took effect, in its order. */
  readonly effects: SinkValue[] = []
  /** Requests whose body arrived, repeats included. */
  requests = 0
  mood: HttpMood = 'healthy'
  readonly #server: Server
  readonly #applied = new Set<string>()
  #port = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response))
  }

  static async start(): Promise<HostileHttp> {
    const system = new HostileHttp()
    await system.#listen()
    return system
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Changes its mood; `refuses_connections` ends the connections there are. */
  async turn(mood: HttpMood): Promise<void> {
    this.mood = mood
    if (mood === 'refuses_connections') await this.#stop()
  }

  /** Healthy again, on the same port. */
  async mend(): Promise<void> {
    this.mood = 'healthy'
    if (!this.#server.listening) await this.#listen()
  }

  close(): Promise<void> {
    return this.#stop()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return this.#tell(request, response)
    const body = await bodyOf(request)
    if (body === null) return
    this.requests++
    const { mood } = this
    if (mood === 'fails_once') this.mood = 'healthy'
    const apply = (): boolean => this.#apply(String(request.headers['idempotency-key']), body)
    moods[mood](response, { apply, request })
  }

  /** Whether the event has taken effect whose `ref` ends the path, in whatever mood. */
  #tell({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const ref = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1))
    response.writeHead(this.effects.some((effect) => effect.ref === ref) ? 200 : 404).end()
  }

  /** False when the system does not take such a body: all of it or nothing. */
  #apply(key: string, body: string): boolean {
    const values = readValues(body)
    if (values === null || values.some(({ text }) => text === badText)) return false
    if (!this.#applied.has(key)) this.effects.push(...values)
    this.#applied.add(key)
    return true
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  async #stop(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }
}

type Answer = (response: ServerResponse, system: { readonly apply: () => boolean; readonly request: IncomingMessage }) => void

const healthy: Answer = (response, { apply }) => {
  if (apply()) json(response, 200, { ok: true })
  else json(response, 422, { error: 'such a record is not taken' })
}

const moods: Readonly<Record<HttpMood, Answer>> = {
  healthy,
  asks_to_wait: (response) => json(response.setHeader('retry-after', '7'), 429, { error: 'too many requests' }),
  overloaded: (response) => json(response, 503, { error: 'overloaded' }),
  // The port refuses; a request that came through before is broken off.
  refuses_connections: (response) => response.destroy(),
  refuses_credentials: (response, { request }) => json(response, 401, { error: `wrong credentials: ${request.headers.authorization}` }),
  fails_once: (response) => json(response, 500, { error: 'a fault inside\r\nof the system\u0000' }),
  resets_before: (response) => void response.socket?.resetAndDestroy(),
  applies_then_resets(response, { apply }) {
    apply()
    response.socket?.resetAndDestroy()
  },
  applies_then_hangs: (_, { apply }) => void apply(),
  hangs: () => {},
  slow: (response, system) => void setTimeout(() => healthy(response, system), slowMs),
  truncates(response, { apply }) {
    apply()
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"ok":tr')
    setTimeout(() => response.destroy(), 20)
  },
  wrong_type(response, { apply }) {
    apply()
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Welcome</title>')
  },
  babbles: (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Null when the sender went away within its body, or sends no end of it. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > longestBody) return null
      chunks.push(chunk)
    }
  } catch {
    return null
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** One value, or those of a JSON array. */
function readValues(body: string): readonly SinkValue[] | null {
  try {
    const read = JSON.parse(body) as unknown
    const values = (Array.isArray(read) ? read : [read]) as readonly (Partial<SinkValue> | null)[]
    const all = values.every((value) => typeof value?.ref === 'string' && typeof value.key === 'string' && typeof value.text === 'string')
    return all ? (values as readonly SinkValue[]) : null
  } catch {
    return null
  }
}
