import { setMaxListeners } from 'node:events'
import { type ClientFrame, type Json, protocolVersion, type ServerFrame, SyncError, toProblem } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import { parseJsonBounded } from '../json.js'
import { type Incoming, withText } from '../publish/incoming.js'
import { rawPayloads } from '../raw-payloads.js'
import type { Limits } from '../registry/config.js'
import type { Principal } from '../security/principal.js'
import { checkFrame, subscriptionOf } from './check-frame.js'
import { GroupSubscription } from './group-subscription.js'
import { NamelessSubscription } from './nameless-subscription.js'
import type { Peer } from './peer.js'
import type { SessionSubscription } from './subscription.js'

export interface SessionOptions {
  readonly limits: Limits
  /** Who the connection itself has proved to be; a name in `hello` is taken only without one. */
  readonly principal?: Principal
  readonly nameOf: (name: string | undefined) => Principal
}

const maxSubscriptions = 256
/** Frames being answered at once: beyond it the peer is taken to ignore answers. */
const maxUnanswered = 10_000

/** What one connected client may say, over whatever channel: publish, subscribe, settle. Frames are answered as they are done. */
export class Session {
  readonly #bus: SyncBus
  readonly #peer: Peer
  readonly #options: SessionOptions
  readonly #subscriptions = new Map<number, SessionSubscription & { readonly group?: string }>()
  #principal: Principal | null = null
  /** Ends what waits on behalf of the client. */
  readonly #over = new AbortController()
  #unanswered = 0
  #closed = false

  constructor(bus: SyncBus, peer: Peer, options: SessionOptions) {
    this.#bus = bus
    this.#peer = peer
    this.#options = options
    // Each wait listens to it; a thousand waits are no leak.
    setMaxListeners(0, this.#over.signal)
  }

  get subscriptions(): number {
    return this.#subscriptions.size
  }

  /** Takes one frame of the client. Never throws: what is wrong with a frame is answered, or ends the connection. */
  receive(text: string): void {
    if (this.#closed) return
    try {
      const frame = this.#check(parseJsonBounded(text, this.#options.limits.maxJsonDepth + 4))
      if (frame === null) return
      if (frame.op !== 'hello' && this.#principal === null) throw new SyncError('invalid_request', 'The first frame must be hello.')
      this.#take(frame, text)
    } catch (error) {
      this.#end(
        error instanceof SyncError ? error : new SyncError('internal', 'The bus failed on this frame; its log says why.', { cause: error }),
      )
    }
  }

  /** The peer, which held more than `fullBytes`, has taken them. */
  drained(): void {
    for (const subscription of this.#subscriptions.values()) subscription.drained()
  }

  /** The connection is gone: hands back what was under way. May be called twice. */
  closed(): void {
    this.#closed = true
    this.#over.abort()
    for (const subscription of this.#subscriptions.values()) subscription.close()
    this.#subscriptions.clear()
  }

  /**
   * The frame; null when it was a subscribe with a fault, which is answered. A client asks for its subscriptions again on
   * every connection: one that ended the connection would end each later one, and what else travels on it.
   */
  #check(json: Json): ClientFrame | null {
    try {
      return checkFrame(json)
    } catch (error) {
      const sub = subscriptionOf(json)
      if (sub === null || this.#principal === null || this.#subscriptions.has(sub)) throw error
      this.#send({ op: 'failed', sub, error: toProblem(error) })
      return null
    }
  }

  #take(frame: ClientFrame, text: string): void {
    switch (frame.op) {
      case 'hello':
        this.#hello(frame)
        break
      case 'publish':
        this.#answer({ ref: frame.ref }, async () => this.#publish(frame, text))
        break
      case 'outcomes': {
        const { ref, topic, position, timeoutMs } = frame
        this.#answer({ ref }, async () => {
          const outcomes = await this.#bus.operations.outcomes(topic, position, timeoutMs, this.#over.signal)
          return { op: 'outcomes', ref, outcomes }
        })
        break
      }
      case 'subscribe':
        this.#subscribe(frame)
        break
      case 'credit':
        this.#subscriptions.get(frame.sub)?.credit(frame.n)
        break
      case 'settle': {
        const group = this.#subscriptions.get(frame.sub)?.group
        this.#answer({ ref: frame.ref }, async () => {
          const results =
            group === undefined
              ? frame.items.map(() => 'expired' as const)
              : await this.#bus.settle(
                  group,
                  frame.items.map(({ token, ...outcome }) => ({ token, outcome })),
                )
          return { op: 'settled', ref: frame.ref, results }
        })
        break
      }
      case 'unsubscribe':
        this.#subscriptions.get(frame.sub)?.close()
        this.#subscriptions.delete(frame.sub)
        this.#send({ op: 'ended', sub: frame.sub })
        break
    }
  }

  #publish(frame: Extract<ClientFrame, { op: 'publish' }>, text: string): Promise<ServerFrame> {
    const { ref, topic, events } = frame
    if (events.length > this.#options.limits.maxBatchEvents) throw tooMany(events.length, this.#options.limits.maxBatchEvents)
    const texts = rawPayloads(text)
    // The text is ours to give: one that a client sends along counts for nothing.
    const incoming = events.map((event, i): Incoming => withText(event, texts[i]))
    return this.#bus.publish(this.#principal!, topic, incoming).then((results) => ({ op: 'published', ref, results }))
  }

  #hello(frame: Extract<ClientFrame, { op: 'hello' }>): void {
    if (frame.v !== protocolVersion) {
      throw new SyncError(
        'invalid_request',
        `This bus speaks version ${protocolVersion} of the stream protocol, the client ${frame.v}. Use a client of the same release.`,
      )
    }
    if (this.#principal !== null) throw new SyncError('invalid_request', 'hello was sent twice.')
    this.#principal = this.#options.principal ?? this.#options.nameOf(frame.name)
    const { maxBodyBytes, maxBatchEvents } = this.#options.limits
    this.#send({ op: 'welcome', v: protocolVersion, name: this.#principal.name, limits: { maxBodyBytes, maxBatch: maxBatchEvents } })
  }

  #subscribe(frame: Extract<ClientFrame, { op: 'subscribe' }>): void {
    if (this.#subscriptions.has(frame.sub)) throw new SyncError('invalid_request', `The subscription number ${frame.sub} is in use.`)
    if (this.#subscriptions.size >= maxSubscriptions) {
      this.#send({
        op: 'failed',
        sub: frame.sub,
        error: toProblem(new SyncError('overloaded', `A connection has at most ${maxSubscriptions} subscriptions.`)),
      })
      return
    }
    const options = {
      bus: this.#bus,
      principal: this.#principal!,
      frame,
      peer: this.#peer,
      // Its number may be in use again by then.
      ended: () => this.#subscriptions.get(frame.sub) === subscription && this.#subscriptions.delete(frame.sub),
    }
    const subscription: NamelessSubscription | GroupSubscription =
      frame.group === undefined ? new NamelessSubscription(options) : new GroupSubscription({ ...options, group: frame.group })
    this.#subscriptions.set(frame.sub, subscription)
    subscription.start()
  }

  #answer(about: { readonly ref: number }, work: () => Promise<ServerFrame>): void {
    if (++this.#unanswered > maxUnanswered) throw new SyncError('overloaded', `More than ${maxUnanswered} frames wait for their answer.`)
    void work()
      .catch((error: unknown): ServerFrame => ({ op: 'failed', ...about, error: toProblem(error) }))
      .then((frame) => {
        this.#unanswered--
        this.#send(frame)
      })
  }

  #send(frame: ServerFrame): void {
    if (!this.#closed) this.#peer.send(JSON.stringify(frame))
  }

  #end(error: SyncError): void {
    this.#send({ op: 'closing', error: toProblem(error) })
    this.closed()
    this.#peer.close(error)
  }
}

function tooMany(events: number, max: number): SyncError {
  return new SyncError('too_large', `A publish frame holds ${events} events; at most ${max} are taken at once.`)
}
