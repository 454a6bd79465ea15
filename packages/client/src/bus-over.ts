import { Adapters } from './adapters.js'
import type { Report } from './answer.js'
import { answered } from './answer.js'
import type {
  AdapterRegistry,
  Bus,
  MessageHandler,
  PayloadHandler,
  Published,
  PublishOptions,
  PublishOutcome,
  SubscribeOptions,
  Subscription,
} from './bus.js'
import { SyncError } from './errors.js'
import type { Welcome } from './link/link.js'
import { Link } from './link/link.js'
import type { OpenChannel } from './link/open-channel.js'
import { OutcomeDesk } from './publish/outcome-desk.js'
import { publishAndWait } from './publish/publish-and-wait.js'
import { Publisher } from './publish/publisher.js'
import { reporter, warn } from './report.js'
import { Settler } from './subscribe/settler.js'
import { readSubscribeCall } from './subscribe/subscribe-call.js'
import { Subscriptions } from './subscribe/subscriptions.js'
import type { ServerFrame } from './wire.js'

export interface BusOverOptions {
  /** The principal on open loopback, and the default group. Default: none. */
  readonly name?: string | null
  /** Gets every error that nobody awaits. Default: one line on stderr for each new cause. */
  readonly onError?: (error: Error) => void
  /** Gives up when the first connection does not stand by then. Default: tries as long as it takes. */
  readonly patienceMs?: number
  /** Closes the bus. */
  readonly signal?: AbortSignal
  /** What the bus may show as the client's version. */
  readonly client?: string
}

export interface OpenedBus extends Bus {
  /** Resolves at the first greeting; rejects when the link gave up before. */
  readonly welcomed: Promise<void>
}

const closeTimeoutMs = 5_000

/**
 * The whole SDK over any way that frames travel. Connects at once and keeps the connection; what is published or
 * subscribed before it stands goes out when it does.
 */
export function busOver(open: OpenChannel, options: BusOverOptions = {}): OpenedBus {
  return new BusOverChannel(open, options)
}

class BusOverChannel implements OpenedBus {
  readonly name: string | null
  readonly adapters: AdapterRegistry
  readonly connectors: AdapterRegistry
  readonly welcomed: Promise<void>
  readonly #report: Report
  readonly #link: Link
  readonly #publisher: Publisher
  readonly #outcomes: OutcomeDesk
  readonly #settler: Settler
  readonly #subscriptions: Subscriptions
  readonly #adapters: Adapters
  readonly #releaseSignal: () => void
  #greeted!: { resolve(): void; reject(error: Error): void }
  #lastRef = 0
  #over: SyncError | undefined
  #closing: Promise<void> | undefined
  #saidTailing = false
  #awaited = false

  constructor(open: OpenChannel, options: BusOverOptions) {
    this.name = options.name ?? null
    this.#report = reporter(options.onError)
    this.welcomed = new Promise((resolve, reject) => (this.#greeted = { resolve, reject }))
    this.welcomed.catch(() => {})
    const home = { link: () => this.#link, report: this.#report, nextRef: () => ++this.#lastRef, changed: () => this.#hold() }
    this.#publisher = new Publisher(home)
    this.#outcomes = new OutcomeDesk(home)
    this.#settler = new Settler(home)
    this.#subscriptions = new Subscriptions({ ...home, settler: this.#settler })
    this.adapters = this.connectors = this.#adapters = new Adapters(this, this.#report)
    this.#link = new Link(
      open,
      { name: this.name, client: options.client ?? 'hms-sync-client', patienceMs: options.patienceMs ?? null },
      {
        welcomed: (welcome) => this.#welcome(welcome),
        frame: (frame) => this.#frame(frame),
        lost: (error) => this.#lost(error),
        outage: (error) => this.#report(error),
        failed: (error) => this.#fail(error),
      },
    )
    // Whoever set a limit to the first connection waits for it.
    this.#awaited = options.patienceMs !== undefined
    this.#hold()
    this.#releaseSignal = onAbort(options.signal, () => void this.close())
  }

  publish(topic: string, payload: unknown, options?: PublishOptions): Promise<Published> {
    if (options?.waitFor === undefined) return this.#publisher.publish(topic, payload, options)
    const parts = { publisher: this.#publisher, outcomes: this.#outcomes }
    return answered(this.#report, () => publishAndWait(parts, topic, payload, options))
  }

  publishMany(
    topic: string,
    events: readonly ({ readonly payload: unknown } & PublishOptions)[],
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<readonly PublishOutcome[]> {
    return answered(this.#report, () => this.#publisher.publishMany(topic, events, options))
  }

  subscribe(topics: string | readonly string[], options?: SubscribeOptions): Subscription
  subscribe(topics: string | readonly string[], handler: MessageHandler, options?: SubscribeOptions): Subscription
  subscribe(handler: MessageHandler, options?: SubscribeOptions): Subscription
  subscribe(first: unknown, second?: unknown, third?: unknown): Subscription {
    const asked = readSubscribeCall(this.name, first, second, third)
    if (this.#over !== undefined || this.#closing !== undefined) throw this.#over ?? closedError()
    const { group, options } = asked
    if (group === null && options.group !== null && options.since === undefined && options.until === undefined) this.#sayTailing()
    return this.#subscriptions.open(asked)
  }

  on(topic: string, handler: PayloadHandler, options?: SubscribeOptions): Subscription {
    if (typeof handler !== 'function') throw new SyncError('invalid_request', 'on() takes a topic and a function of the payload.')
    return this.subscribe(topic, (message) => handler(message.payload, message), options)
  }

  emit(event: { readonly type: string; readonly [name: string]: unknown }): Promise<Published>
  emit(topic: string, payload: unknown): Promise<Published>
  emit(first: unknown, payload?: unknown): Promise<Published> {
    if (typeof first === 'string') return this.publish(first, payload)
    const { type, ...rest } = (first ?? {}) as { readonly type?: unknown }
    if (typeof type === 'string' && type !== '') return this.publish(type, rest)
    return answered(this.#report, async () => {
      throw new SyncError('invalid_event', 'emit() takes a topic and a payload, or one object whose `type` names the topic.', {
        faults: [{ pointer: '/type', message: 'is missing' }],
      })
    })
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? closeTimeoutMs)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#releaseSignal()
    this.#publisher.refuse(closedError())
    await within(timeoutMs, async () => {
      await this.#adapters.close()
      await this.#subscriptions.close()
      await Promise.all([this.#publisher.idle(), this.#outcomes.idle(), this.#settler.idle()])
    })
    this.#end(closedError())
    this.#link.close()
  }

  #welcome(welcome: Welcome): void {
    this.#publisher.welcomed(welcome)
    this.#outcomes.welcomed()
    this.#subscriptions.welcomed()
    this.#awaited = false
    this.#hold()
    this.#greeted.resolve()
  }

  #frame(frame: ServerFrame): void {
    switch (frame.op) {
      case 'published':
        this.#publisher.published(frame.ref, frame.results)
        break
      case 'outcomes':
        this.#outcomes.answered(frame.ref, frame.outcomes)
        break
      case 'settled':
        this.#settler.settled(frame.ref, frame.results)
        break
      case 'subscribed':
      case 'deliveries':
      case 'events':
      case 'gap':
      case 'ended':
        this.#subscriptions.frame(frame)
        break
      case 'failed':
        this.#refused(frame)
        break
      default: // frames of a newer bus say nothing to us
    }
  }

  #refused(frame: Extract<ServerFrame, { op: 'failed' }>): void {
    const { ref } = frame
    if (ref !== undefined && [this.#publisher, this.#settler, this.#outcomes].some((part) => part.failed(ref, frame.error))) return
    if (frame.sub !== undefined) this.#subscriptions.failed(frame.sub, frame.error)
  }

  #lost(error: SyncError): void {
    this.#publisher.lost(error)
    this.#settler.lost()
    this.#subscriptions.lost()
  }

  #fail(error: SyncError): void {
    this.#end(error)
    this.#releaseSignal()
  }

  /** Everything that still waits is rejected, and so is everything later. */
  #end(error: SyncError): void {
    this.#over ??= error
    this.#publisher.fail(error)
    this.#outcomes.fail(error)
    this.#settler.fail(error)
    this.#subscriptions.fail(error)
    this.#greeted.reject(error)
  }

  /** An idle connection does not keep a process alive; a subscription and what is under way do. */
  #hold(): void {
    // Undefined while the constructor runs: a link that fails at once.
    const underWay = [this.#publisher, this.#outcomes, this.#settler].some((part) => part?.pending > 0)
    this.#link?.hold(this.#awaited || underWay || this.#subscriptions.count > 0)
  }

  #sayTailing(): void {
    if (this.#saidTailing) return
    this.#saidTailing = true
    warn(
      'subscribed without a group: events from now on are shown, and no place is kept. Give a name (HMS_SYNC_NAME or connect({ name })) or a group to miss nothing.',
    )
  }
}

function closedError(): SyncError {
  return new SyncError('closed', 'The bus was closed by close(). Connect again to go on.')
}

function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) queueMicrotask(abort)
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

async function within(timeoutMs: number, task: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([task(), new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))])
  clearTimeout(timer)
}
