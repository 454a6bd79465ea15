import { type Dispatcher, Pool } from 'undici'
import type { SinkOutcome } from '../../sink.js'
import { Deadlines } from '../deadlines.js'
import { type Exchange, HttpAttempt } from './attempt.js'
import type { Outgoing } from './outgoing.js'
import type { HttpSettings } from './read-options.js'
import { type Named, requestLine } from './reasons.js'
import { onwardTraceparent } from './traceparent.js'

/** A connection must stand within this time, and within half of a request's; a target that takes longer is as good as down. */
const maxConnectMs = 5_000
const maxAnswerHeaderBytes = 16 * 1024

/** Makes requests to one origin over kept connections, each signed for its own try and ended in time. */
export class HttpTransport {
  readonly #settings: HttpSettings
  readonly #pool: Pool
  readonly #named: Named
  readonly #fixedHeaders: readonly string[]
  readonly #fixedLine: string | null
  readonly #deadlines: Deadlines<HttpAttempt>
  readonly #sending: Exchange
  readonly #asking: Exchange
  readonly #watched = new Set<AbortSignal>()

  constructor(settings: HttpSettings) {
    const { url, method, capture, timeoutMs, concurrency, secrets } = settings
    this.#settings = settings
    this.#named = { name: `${method} ${url.origin}`, origin: url.origin, secrets }
    this.#fixedLine = url.constant === null ? null : requestLine(this.#named, url.shown(url.constant))
    this.#fixedHeaders = settings.headers
    this.#deadlines = new Deadlines(timeoutMs)
    const ended = (attempt: HttpAttempt) => this.#deadlines.remove(attempt)
    this.#sending = { target: this.#named, capture, isDelete: method === 'DELETE', ended }
    const asked = { ...this.#named, name: `GET ${url.origin}` }
    this.#asking = { target: asked, capture: undefined, isDelete: false, ended }
    this.#pool = new Pool(url.origin, {
      connections: concurrency,
      pipelining: 1,
      connect: settings.guard.connector(Math.min(timeoutMs / 2, maxConnectMs), settings.tls),
      // The deadlines end what takes too long; undici's own would be a timer more for each request.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: maxAnswerHeaderBytes,
    })
  }

  /** Never rejects. Ends within the sink's timeout, and soon after `signal` aborts. */
  send(outgoing: Outgoing, signal: AbortSignal): Promise<SinkOutcome> {
    const { method, url } = this.#settings
    const { path, body, attempt: number } = outgoing
    const request = this.#fixedLine ?? requestLine(this.#named, url.shown(path))
    return new Promise((resolve) => {
      const attempt = new HttpAttempt(this.#sending, { request, number, signal }, resolve)
      this.#start(attempt, () => ({ path, method, headers: this.headers(outgoing, Date.now()), body: body ?? null }))
    })
  }

  /** A GET with the same credentials; its outcome by the same table. Never rejects, and ends as `send` does. */
  ask(path: string, signal: AbortSignal): Promise<SinkOutcome> {
    const headers = this.#fixedHeaders.filter((_, i) => this.#fixedHeaders[i - (i % 2)] !== 'content-type')
    return new Promise((resolve) => {
      const attempt = new HttpAttempt(this.#asking, { request: '', number: 1, signal }, resolve)
      this.#start(attempt, () => ({ path, method: 'GET', headers, body: null }))
    })
  }

  #start(attempt: HttpAttempt, options: () => Dispatcher.DispatchOptions): void {
    this.#watch(attempt.signal)
    this.#deadlines.add(attempt)
    if (attempt.signal.aborted) attempt.cancel()
    else this.#pool.dispatch(options(), attempt)
  }

  /** Names and values in turn, as a try at `nowMs` carries them. */
  headers({ id, body, traceparent }: Outgoing, nowMs: number): string[] {
    const headers = [...this.#fixedHeaders, 'idempotency-key', id, 'webhook-id', id]
    const { signer } = this.#settings
    if (signer !== undefined) {
      const { timestamp, signature } = signer.sign(id, body ?? '', nowMs)
      headers.push('webhook-timestamp', timestamp, 'webhook-signature', signature)
    }
    const onward = traceparent === undefined ? null : onwardTraceparent(traceparent)
    if (onward !== null) headers.push('traceparent', onward)
    return headers
  }

  async close(): Promise<void> {
    for (const signal of this.#watched) signal.removeEventListener('abort', this.#cancel)
    this.#watched.clear()
    for (const attempt of this.#deadlines.items()) attempt.cancel()
    this.#deadlines.close()
    if (!this.#pool.destroyed) await this.#pool.destroy()
  }

  /** One listener a signal, not one a request: the host's signal lives as long as the adapter. */
  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return
    for (const over of this.#watched) if (over.aborted) this.#watched.delete(over)
    this.#watched.add(signal)
    signal.addEventListener('abort', this.#cancel, { once: true })
  }

  readonly #cancel = (): void => {
    for (const attempt of this.#deadlines.items()) if (attempt.signal.aborted) attempt.cancel()
  }
}
