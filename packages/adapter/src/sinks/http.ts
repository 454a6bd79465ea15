import { Collected } from '../faults.js'
import type { Effect, Sink, SinkDelivery, SinkOutcome } from '../sink.js'
import { batchRequest, inBatches, inWaves, keyOf, mayBeOneEvents, type Prepared } from './http/batches.js'
import { describeRequest } from './http/describe-request.js'
import type { HttpOptions } from './http/http-options.js'
import type { Outgoing } from './http/outgoing.js'
import { checkHttpKeys, type HttpSettings, readHttpOptions } from './http/read-options.js'
import { HttpTransport } from './http/transport.js'
import { UnfilledUrl, type UrlTemplate } from './http/url-template.js'

/** A call with batches: one request for all, then one for each where the batch was refused, and a second key of a call. */
const batchTimeouts = 3

/**
 * Sends each event as a JSON body, or several in one. At least once, with the same `Idempotency-Key` and `webhook-id` at
 * every try: effectively once where the receiver honours them. Redirects are not followed, TLS is verified, and the
 * address that is dialled is checked (`OutboundGuard`).
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
  /** A batch that comes again may be put together otherwise, and then has another key. */
  readonly effect: Effect
  readonly maxBatch: number
  readonly concurrency: number
  readonly timeoutMs: number
  readonly probe?: NonNullable<Sink['probe']>
  readonly #settings: HttpSettings
  readonly #transport: HttpTransport

  constructor(settings: HttpSettings) {
    const { url, timeoutMs, concurrency, batch, probe } = settings
    this.#settings = settings
    this.#transport = new HttpTransport(settings)
    this.target = url.origin
    this.concurrency = concurrency
    this.effect = batch === undefined ? 'idempotent' : 'at_least_once'
    this.maxBatch = batch?.size ?? 1
    this.timeoutMs = batch === undefined ? timeoutMs : timeoutMs * batchTimeouts
    if (probe !== undefined) this.probe = (delivery, signal) => this.#probe(probe, delivery, signal)
  }

  async apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    if (this.#settings.batch !== undefined) return this.#applyTogether(deliveries, signal)
    if (deliveries.length === 1) return [await this.#applyOne(deliveries[0]!, signal)]
    const outcomes: SinkOutcome[] = []
    for (const delivery of deliveries) outcomes.push(await this.#applyOne(delivery, signal))
    return outcomes
  }

  describe(delivery: SinkDelivery): string {
    const outgoing = this.#outgoing(delivery)
    return describeRequest(this.#settings, outgoing, this.#transport.headers(outgoing, Date.now()))
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #probe(probe: UrlTemplate, delivery: SinkDelivery, signal: AbortSignal): Promise<'applied' | 'absent' | 'unknown'> {
    const { outcome, status } = await this.#transport.ask(probe.fill(delivery), signal)
    if (outcome === 'done') return 'applied'
    return status === 404 || status === 410 ? 'absent' : 'unknown'
  }

  #applyOne(delivery: SinkDelivery, signal: AbortSignal): Promise<SinkOutcome> | SinkOutcome {
    let outgoing: Outgoing
    try {
      outgoing = this.#outgoing(delivery)
    } catch (error) {
      return unfilled(error)
    }
    return this.#transport.send(outgoing, signal)
  }

  #outgoing(delivery: SinkDelivery): Outgoing {
    const { url, batch, method } = this.#settings
    const path = url.fill(delivery)
    const text = method === 'DELETE' ? undefined : JSON.stringify(delivery.value)
    if (batch !== undefined) return batchRequest([{ index: 0, delivery, path, text: text! }], batch.as)
    return { path, body: text, id: delivery.idempotencyKey, attempt: delivery.attempt, traceparent: delivery.event.traceparent }
  }

  async #applyTogether(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    const outcomes: SinkOutcome[] = []
    const begun = performance.now()
    const prepared = deliveries.flatMap((delivery, index) => {
      try {
        return [{ index, delivery, path: this.#settings.url.fill(delivery), text: JSON.stringify(delivery.value) }]
      } catch (error) {
        outcomes[index] = unfilled(error)
        return []
      }
    })
    const held = new Set<string | undefined>()
    for (const wave of inWaves(prepared)) {
      const inTime = performance.now() - begun < this.#settings.timeoutMs
      const sent = wave.filter(({ delivery }) => inTime && !held.has(keyOf(delivery)))
      await Promise.all(inBatches(sent, this.#settings.batch!).map((batch) => this.#applyBatch(batch, outcomes, signal)))
      for (const { index, delivery } of wave) {
        outcomes[index] ??= notItsTurn
        if (delivery.event.key !== undefined && outcomes[index].outcome !== 'done') held.add(keyOf(delivery))
      }
    }
    return outcomes
  }

  async #applyBatch(batch: readonly Prepared[], outcomes: SinkOutcome[], signal: AbortSignal): Promise<void> {
    const { as } = this.#settings.batch!
    const outcome = await this.#transport.send(batchRequest(batch, as), signal)
    if (batch.length === 1 || !mayBeOneEvents(outcome)) {
      for (const { index } of batch) outcomes[index] = outcome
      return
    }
    await Promise.all(
      batch.map(async (item) => {
        outcomes[item.index] = await this.#transport.send(batchRequest([item], as), signal)
      }),
    )
  }
}

const notItsTurn: SinkOutcome = {
  outcome: 'retry',
  scope: 'event',
  reason: 'an earlier event of its key in the same call has not been taken',
  retryAfterMs: 0,
}

function unfilled(error: unknown): SinkOutcome {
  if (error instanceof UnfilledUrl || error instanceof TypeError)
    return { outcome: 'refused', reason: `url: ${error.message}`, detail: { errorClass: 'mapping' } }
  throw error
}
