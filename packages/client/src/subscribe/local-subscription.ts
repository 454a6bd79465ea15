import type { Report } from '../answer.js'
import { Answer } from '../answer.js'
import type { Message, MessageHandler, SubscribeOptions, Subscription } from '../bus.js'
import { SyncError } from '../errors.js'
import { errorOf } from '../thrown.js'
import type { WireGap } from '../wire.js'
import type { Delivered } from './delivered.js'
import { HandlerTaker } from './handler-taker.js'
import { LoopTaker } from './loop-taker.js'
import type { Taker, TakerHome } from './taker.js'
import type { Topics } from './topics.js'
import { coversTopic } from './topics.js'

/** Handlers under way when their subscription is closed get this long to finish and acknowledge. */
const handlerGraceMs = 5_000

export interface SubscriptionHome {
  readonly report: Report
  /** It has room again. */
  readonly roomy: (subscription: LocalSubscription) => void
  /** It takes nothing any more, and nothing of it is under way. */
  readonly left: (subscription: LocalSubscription) => void
}

export interface Asked {
  readonly topics: Topics
  readonly group: string | null
  readonly handler: MessageHandler | null
  readonly options: SubscribeOptions
}

/** What `subscribe` gives to the caller: one loop or one handler, fed by a group's or a reader's feed. */
export class LocalSubscription implements Subscription {
  readonly group: string | null
  readonly topics: Topics
  readonly options: SubscribeOptions
  readonly #home: SubscriptionHome
  readonly #taker: Taker
  readonly #loop: LoopTaker | undefined
  readonly #ready: Answer<void>
  readonly #closed: Answer<void>
  #state: 'open' | 'closing' | 'over' = 'open'
  #started = false

  constructor(home: SubscriptionHome, asked: Asked) {
    this.group = asked.group
    this.topics = asked.topics
    this.options = asked.options
    this.#home = home
    // What goes wrong is told once, where it is looked for: the loop, `closed`, or onError.
    this.#ready = new Answer<void>(() => {})
    this.#closed = new Answer<void>(home.report)
    const takerHome: TakerHome = {
      concurrency: asked.options.concurrency ?? (asked.handler === null ? 1 : 16),
      roomy: () => home.roomy(this),
      finished: () => this.#over(null),
    }
    this.#loop = asked.handler === null ? new LoopTaker(takerHome) : undefined
    this.#taker = asked.handler === null ? this.#loop! : new HandlerTaker(takerHome, asked.handler, home.report)
    this.#follow(asked.options.signal)
  }

  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  get room(): number {
    return this.#taker.room
  }

  get queued(): number {
    return this.#taker.queued
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  takes(topic: string): boolean {
    return this.#state === 'open' && coversTopic(this.topics, topic)
  }

  take(message: Delivered): void {
    this.#taker.take(message)
  }

  keeps(message: Delivered): boolean {
    return this.#state === 'open' && this.#taker.keeps(message)
  }

  gap(gap: WireGap): void {
    if (!this.takes(gap.topic)) return
    const { onGap } = this.options
    if (onGap === undefined) {
      const text = `Events of topic "${gap.topic}" from position ${gap.first} to ${gap.last} were trimmed before they were read. Widen the topic's retention, or read faster.`
      this.#home.report(new SyncError('gap', text))
      return
    }
    try {
      onGap(gap)
    } catch (error) {
      this.#home.report(errorOf(error))
    }
  }

  started(): void {
    this.#started = true
    this.#ready.resolve()
  }

  /** Nothing more comes; what is queued is worked on first. */
  finish(): void {
    this.#taker.finish()
  }

  /** Ends it without asking anybody. */
  end(error: Error | null): void {
    if (this.#state === 'over') return
    const told = this.#taker.end(error)
    this.#over(told ? null : error, error)
  }

  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing'
      this.#taker.end(null)
      if (this.#taker.working === 0 || this.#loop !== undefined) this.#over(null)
      else void this.#leaveWhenQuiet()
    }
    return Promise.resolve()
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    const loop = this.#loop
    if (loop === undefined)
      throw new SyncError(
        'invalid_request',
        'This subscription has a handler; `for await` needs one without. Call subscribe() without a handler.',
      )
    return {
      next: () => loop.next(),
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
  }

  async #leaveWhenQuiet(): Promise<void> {
    const grace = setTimeout(() => this.#over(null), handlerGraceMs)
    await this.#taker.quiet()
    clearTimeout(grace)
    this.#over(null)
  }

  /** `closed` rejects with `error`; when a loop or `ready` has told it already, only who looks at `closed` gets it too. */
  #over(untold: Error | null, error: Error | null = untold): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#release?.()
    if (!this.#started) this.#ready.fail(error ?? new SyncError('closed', 'The subscription was closed before the bus had accepted it.'))
    if (error === null) this.#closed.resolve()
    else {
      if (untold === null || (!this.#started && this.#ready.watched)) this.#closed.promise.catch(() => {})
      this.#closed.fail(error)
    }
    this.#home.left(this)
  }

  #release: (() => void) | undefined

  #follow(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const abort = (): void => void this.close()
    if (signal.aborted) queueMicrotask(abort)
    else signal.addEventListener('abort', abort, { once: true })
    this.#release = () => signal.removeEventListener('abort', abort)
  }
}
