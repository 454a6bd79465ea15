import type { Report } from '../answer.js'
import type { MessageHandler } from '../bus.js'
import { errorOf } from '../thrown.js'
import type { Delivered } from './delivered.js'
import { Pace } from './pace.js'
import type { Taker, TakerHome } from './taker.js'

/**
 * A handler: up to `concurrency` messages side by side, those of one key one after another. Acks when the handler
 * resolves; nacks, at the group's own schedule, when it throws, and reports the error.
 */
export class HandlerTaker implements Taker {
  readonly #home: TakerHome
  readonly #handler: MessageHandler
  readonly #report: Report
  readonly #pace: Pace
  /** Ready to begin, oldest first. */
  #queue: Delivered[] = []
  /** Keys being worked on, with what waits behind each. */
  readonly #lanes = new Map<string, Delivered[]>()
  #behind = 0
  #running = 0
  #ended = false
  #finishing = false
  #quiet: (() => void)[] = []

  constructor(home: TakerHome, handler: MessageHandler, report: Report) {
    this.#home = home
    this.#handler = handler
    this.#report = report
    this.#pace = new Pace(home.concurrency)
  }

  get room(): number {
    return this.#ended ? 0 : this.#home.concurrency - this.#running + this.#pace.ahead - this.queued
  }

  get queued(): number {
    return this.#queue.length + this.#behind
  }

  get working(): number {
    return this.#running
  }

  take(message: Delivered): void {
    if (this.#ended) {
      message.lose('the subscription was closed')
      return
    }
    if (message.over) return
    message.onOver = () => this.#drop(message)
    this.#queue.push(message)
    this.#pump()
  }

  end(_error: Error | null): boolean {
    this.#ended = true
    for (const message of this.#queue.splice(0)) message.lose('the subscription was closed')
    for (const lane of this.#lanes.values()) for (const message of lane.splice(0)) message.lose('the subscription was closed')
    this.#behind = 0
    return false
  }

  finish(): void {
    this.#finishing = true
    this.#settleDown()
  }

  quiet(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve))
  }

  #pump(): void {
    while (!this.#ended && this.#running < this.#home.concurrency && this.#queue.length > 0) {
      const message = this.#queue.shift()!
      const lane = laneOf(message)
      const behind = lane === undefined ? undefined : this.#lanes.get(lane)
      if (behind !== undefined) {
        behind.push(message)
        this.#behind++
        continue
      }
      if (lane !== undefined) this.#lanes.set(lane, [])
      this.#running++
      void this.#run(message, lane)
    }
  }

  async #run(message: Delivered, lane: string | undefined): Promise<void> {
    const started = this.#pace.start()
    message.onOver = undefined
    message.begin()
    try {
      await this.#handler(message)
      // Not awaited: a refusal goes to onError, and the next message need not wait for the disk.
      if (!message.over) void message.ack()
    } catch (error) {
      const failure = errorOf(error)
      if (!message.over) void message.settle({ outcome: 'retry', reason: failure.message })
      this.#report(failure)
    }
    this.#pace.finish(started)
    this.#running--
    this.#leave(lane)
    this.#pump()
    this.#home.roomy()
    this.#settleDown()
  }

  /** It was lost before its turn: its place must not be taken for ever, or a handler that hangs would stop all keys in the end. */
  #drop(message: Delivered): void {
    if (this.#ended) return
    const key = laneOf(message)
    const lane = key === undefined ? undefined : this.#lanes.get(key)
    if (lane !== undefined && remove(message, lane)) this.#behind--
    else remove(message, this.#queue)
    this.#home.roomy()
  }

  /** The next message of the key goes before everything else: it came before it. */
  #leave(lane: string | undefined): void {
    if (lane === undefined) return
    const next = this.#lanes.get(lane)!.shift()
    if (next === undefined) {
      this.#lanes.delete(lane)
      return
    }
    this.#behind--
    const rest = this.#lanes.get(lane)!
    this.#lanes.delete(lane)
    this.#queue.unshift(next, ...rest)
    this.#behind -= rest.length
  }

  #settleDown(): void {
    if (this.#running > 0) return
    for (const resolve of this.#quiet.splice(0)) resolve()
    if (!this.#finishing || this.#ended || this.queued > 0) return
    this.#ended = true
    this.#home.finished()
  }
}

/** Whether it was there. */
function remove(message: Delivered, messages: Delivered[]): boolean {
  const place = messages.indexOf(message)
  if (place === -1) return false
  messages.splice(place, 1)
  return true
}

function laneOf(message: Delivered): string | undefined {
  return message.key === undefined ? undefined : `${message.topic} ${message.key}`
}
