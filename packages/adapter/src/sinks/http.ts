import { Pool } from 'undici'
import type { HttpOptions } from '../adapter.js'
import { Collected } from '../faults.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../sink.js'
import { Deadlines } from './deadlines.js'
import { HttpAttempt } from './http-attempt.js'
import { checkHttpKeys, type HttpSettings, readHttpOptions } from './http-options.js'
import type { HttpTarget } from './http-reasons.js'

/** A connection must stand within this time; a target that takes longer is as good as down. */
const maxConnectMs = 5_000
const maxAnswerHeaderBytes = 16 * 1024

/**
 * Sends each event as a JSON body. At least once, with the same `Idempotency-Key` and `webhook-id` at every try:
 * effectively once where the receiver honours them. Redirects are not followed, TLS is verified, and the address
 * that is dialled is checked (`OutboundGuard`).
 * @throws SyncError `invalid_config` with every fault of the options.
 */
export function http(options: HttpOptions): Sink {
  const collected = new Collected()
  checkHttpKeys({ ...options }, '', collected)
  const settings = readHttpOptions({ ...options }, '', collected)
  collected.throwIfAny('http()')
  return new HttpSink(settings!)
}

export class HttpSink implements Sink {
  readonly kind = 'http'
  readonly target: string
  readonly effect = 'idempotent'
  readonly maxBatch = 1
  readonly concurrency: number
  readonly timeoutMs: number
  readonly #pool: Pool
  readonly #request: { readonly path: string; readonly method: HttpSettings['method'] }
  readonly #headers: readonly string[]
  readonly #named: HttpTarget
  readonly #deadlines: Deadlines<HttpAttempt>
  readonly #watched = new WeakSet<AbortSignal>()

  constructor(settings: HttpSettings) {
    const { url, method, timeoutMs, concurrency, secrets } = settings
    this.target = url.origin
    this.concurrency = concurrency
    this.timeoutMs = timeoutMs
    this.#request = { path: `${url.pathname}${url.search}`, method }
    this.#named = { name: `${method} ${url.origin}`, origin: url.origin, timeoutMs, secrets }
    this.#deadlines = new Deadlines(timeoutMs)
    this.#headers = [
      ...(settings.headers.some((text, i) => i % 2 === 0 && text === 'content-type') ? [] : ['content-type', 'application/json']),
      'user-agent',
      'hms-sync',
      ...settings.headers,
    ]
    this.#pool = new Pool(url.origin, {
      connections: concurrency,
      pipelining: 1,
      connect: settings.guard.connector(Math.min(timeoutMs, maxConnectMs)),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxHeaderSize: maxAnswerHeaderBytes,
    })
  }

  async apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    this.#watch(signal)
    if (deliveries.length === 1) return [await this.#send(deliveries[0]!, signal)]
    const outcomes: SinkOutcome[] = []
    for (const delivery of deliveries) outcomes.push(await this.#send(delivery, signal))
    return outcomes
  }

  async close(): Promise<void> {
    for (const attempt of this.#deadlines.items()) attempt.cancel()
    this.#deadlines.close()
    if (!this.#pool.destroyed) await this.#pool.destroy()
  }

  #send(delivery: SinkDelivery, signal: AbortSignal): Promise<SinkOutcome> {
    return new Promise((resolve) => {
      const attempt = new HttpAttempt(this.#named, delivery.attempt, signal, (ended, outcome) => {
        this.#deadlines.remove(ended)
        resolve(outcome)
      })
      this.#deadlines.add(attempt)
      if (signal.aborted) return attempt.cancel()
      this.#pool.dispatch({ ...this.#request, headers: this.#headersFor(delivery), body: JSON.stringify(delivery.value) }, attempt)
    })
  }

  #headersFor({ idempotencyKey, event }: SinkDelivery): string[] {
    const headers = [...this.#headers, 'idempotency-key', idempotencyKey, 'webhook-id', idempotencyKey]
    if (event.traceparent !== undefined) headers.push('traceparent', event.traceparent)
    return headers
  }

  /** One listener a signal, not one a request: the host's signal lives as long as the adapter. */
  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return
    this.#watched.add(signal)
    signal.addEventListener(
      'abort',
      () => {
        for (const attempt of this.#deadlines.items()) if (attempt.signal === signal) attempt.cancel()
      },
      { once: true },
    )
  }
}
