import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WireEvent } from '@hms-sync/client'
import { readAdapter } from '#dist/reading/read-adapter.js'
import type { Route } from '../src/adapter.js'

/** A request as an external system got it. */
export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** The body as it came, and as JSON where it is. */
  readonly raw: string
  readonly body: unknown
}

/** An external system on a free port of loopback, answering as told. */
export class TestTarget {
  readonly got: Got[] = []
  answer: (response: ServerResponse, got: Got) => void = (response) => response.writeHead(200).end()
  readonly server: Server

  private constructor(server: Server) {
    this.server = server
  }

  static async start(port = 0): Promise<TestTarget> {
    const server = createServer()
    const target = new TestTarget(server)
    const take = async (request: IncomingMessage, response: ServerResponse) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const got = {
        method: request.method!,
        path: request.url!,
        headers: request.headers,
        raw: text,
        body: parsed(text),
      }
      target.got.push(got)
      target.answer(response, got)
    }
    server.on('request', (request, response) => void take(request, response))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return target
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An event as the bus hands it out. */
export function eventOf(payload: WireEvent['payload'], fields: Partial<WireEvent> = {}): WireEvent {
  return {
    id: 'e-1',
    topic: 'permitApproved',
    type: 'permitApproved',
    version: 1,
    source: 'hms-svc',
    time: '2026-11-21T10:00:00.000Z',
    payload,
    qos: 'at_least_once',
    replayable_until: '2026-11-28T10:00:00.000Z',
    position: '0-1',
    received: '2026-11-21T10:00:00.000Z',
    ...fields,
  }
}

/** The one way out of an adapter that is written like this. */
export function onlyRoute(config: unknown): Route {
  const [route] = readAdapter(config).routes
  if (route === undefined) throw new Error('the adapter has no route')
  return route
}
