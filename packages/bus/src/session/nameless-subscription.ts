import { setMaxListeners } from 'node:events'
import { SyncError, toProblem } from '@hms-sync/client'
import type { ReadBatch } from '../bus.js'
import { isBuiltIn } from '../registry/built-in-topics.js'
import { fullBytes } from './peer.js'
import type { SessionSubscription, SubscriptionOptions } from './subscription.js'

/**
 * Reading without a group: events out, as many as the client gave credit for and its connection takes; no place is kept.
 * Credit is a number of the client's own, and may be far more than it reads.
 */
export class NamelessSubscription implements SessionSubscription {
  readonly #options: SubscriptionOptions
  readonly #abort = new AbortController()
  #credit: number
  /** Topics that are followed still. */
  #left = 0
  /** Topics that have events, and no credit or no room to send them. */
  #waiting: (() => void)[] = []

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.#credit = options.frame.credit
    // Each topic's reading listens to it; a hundred topics are no leak.
    setMaxListeners(0, this.#abort.signal)
  }

  start(): void {
    const { bus, principal, frame, ended } = this.#options
    const run = async () => {
      const topics = frame.topics ?? (await bus.topics(principal)).map((topic) => topic.name).filter((topic) => !isBuiltIn(topic))
      if (frame.from !== undefined)
        throw new SyncError('invalid_request', 'from says where a new group starts; without a group write since.')
      const first = topics.map((topic) => this.#open(topic))
      // Every topic is there and every place is found before the client hears that it is subscribed.
      const opened = await Promise.all(first.map((reading) => reading.next()))
      this.#send({ op: 'subscribed', topics })
      this.#left = topics.length
      await Promise.all(first.map((reading, i) => this.#pass(topics[i]!, opened[i]!, reading).catch((error) => this.#lost(error))))
    }
    run().then(
      () => this.#finish({ op: 'ended' }, ended),
      (error: unknown) => this.#finish({ op: 'failed', error: toProblem(error) }, ended),
    )
  }

  credit(n: number): void {
    this.#credit += n
    this.#goOn()
  }

  drained(): void {
    this.#goOn()
  }

  close(): void {
    this.#abort.abort()
    this.#goOn()
  }

  #open(topic: string): AsyncIterator<ReadBatch> {
    const { bus, principal, frame } = this.#options
    const after = frame.after?.[topic]
    return bus
      .read(principal, {
        topic,
        ...(frame.since === undefined ? {} : { since: frame.since }),
        ...(after === undefined ? {} : { after }),
        untilNow: frame.until === 'now',
        signal: this.#abort.signal,
      })
      [Symbol.asyncIterator]()
  }

  async #pass(topic: string, opened: IteratorResult<ReadBatch>, reading: AsyncIterator<ReadBatch>): Promise<void> {
    for (let read = opened; !read.done; read = await reading.next()) {
      const batch = read.value
      if ('gap' in batch) this.#send({ op: 'gap', ...batch.gap })
      else await this.#sendEvents(topic, batch)
      if (this.#abort.signal.aborted) return
    }
  }

  /** A topic that is removed leaves those that are followed beside it. @throws what ends the subscription. */
  #lost(error: unknown): void {
    const isOver = --this.#left === 0 || this.#options.frame.until === 'now'
    if (isOver || !(error instanceof SyncError && error.code === 'gone')) throw error
  }

  async #sendEvents(topic: string, batch: Extract<ReadBatch, { events: unknown }>): Promise<void> {
    if (batch.events.length === 0) return this.#frame(topic, batch.next, [])
    let sent = 0
    while (sent < batch.events.length && !this.#abort.signal.aborted) {
      if (this.#credit <= 0 || this.#options.peer.bufferedBytes() > fullBytes) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
        continue
      }
      const events = batch.events.slice(sent, sent + this.#credit)
      this.#credit -= events.length
      sent += events.length
      this.#frame(
        topic,
        batch.cursorAt(sent - 1),
        events.map((event) => event.wire),
      )
    }
  }

  #goOn(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  #frame(topic: string, next: string, wires: readonly string[]): void {
    if (this.#abort.signal.aborted) return
    this.#options.peer.send(
      `{"op":"events","sub":${this.#options.frame.sub},"topic":"${topic}","next":"${next}","items":[${wires.join(',')}]}`,
    )
  }

  #finish(frame: object, ended: () => void): void {
    this.#send(frame)
    this.#abort.abort()
    ended()
  }

  #send(frame: object): void {
    if (!this.#abort.signal.aborted) this.#options.peer.send(JSON.stringify({ ...frame, sub: this.#options.frame.sub }))
  }
}
