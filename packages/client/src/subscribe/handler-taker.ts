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
  /** Keys being worked on. */
  readonly #lanes = new Map<string, Lane>()
  #behind = 0
  readonly #running = new Set<Delivered>()
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
    if (this.#ended) return 0
    const free = this.#home.concurrency - this.#running.size
    return free + (free > 0 || this.#alive ? this.#pace.ahead : 0) - this.queued
  }

  get queued(): number {
    return this.#queue.length + this.#behind
  }

  get working(): number {
    return this.#running.size
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

  keeps(message: Delivered): boolean {
    const lane = this.#laneOf(message)
    return lane === undefined ? this.#alive : lane.begun.inTime
  }

  end(_error: Error | null): boolean {
    this.#ended = true
    for (const message of this.#queue.splice(0)) message.lose('the subscription was closed')
    for (const { behind } of this.#lanes.values()) for (const message of behind.splice(0)) message.lose('the subscription was closed')
    this.#behind = 0
    return false
  }

  finish(): void {
    this.#finishing = true
    this.#settleDown()
  }

  quiet(): Promise<void> {
    return this.#running.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.push(resolve))
  }

  #pump(): void {
    while (!this.#ended && this.#running.size < this.#home.concurrency && this.#queue.length > 0) {
      const message = this.#queue.shift()!
      const lane = this.#laneOf(message)
      if (lane !== undefined) {
        lane.behind.push(message)
        this.#behind++
        continue
      }
      void this.#run(message)
    }
  }

  async #run(message: Delivered): Promise<void> {
    const started = this.#pace.start()
    const name = laneName(message)
    if (name !== undefined) this.#lanes.set(name, { begun: message, behind: [] })
    this.#running.add(message)
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
    this.#running.delete(message)
    if (name !== undefined) this.#leave(name)
    this.#pump()
    this.#home.roomy()
    this.#settleDown()
  }

  /** It was lost before its turn: its place must not be taken for ever, or a handler that hangs would stop all keys in the end. */
  #drop(message: Delivered): void {
    if (this.#ended) return
    const lane = this.#laneOf(message)
    if (lane !== undefined && remove(message, lane.behind)) this.#behind--
    else remove(message, this.#queue)
    this.#home.roomy()
  }

  /** The next message of the key goes before everything else: it came before it. */
  #leave(name: string): void {
    const { behind } = this.#lanes.get(name)!
    this.#lanes.delete(name)
    if (behind.length === 0) return
    this.#queue.unshift(...behind)
    this.#behind -= behind.length
  }

  /** The lane that it must wait in. */
  #laneOf(message: Delivered): Lane | undefined {
    const name = laneName(message)
    return name === undefined ? undefined : this.#lanes.get(name)
  }

  /** Some handler has kept to its time, so a turn will come. */
  get #alive(): boolean {
    for (const message of this.#running) if (message.inTime) return true
    return false
  }

  #settleDown(): void {
    if (this.#running.size > 0) return
    for (const resolve of this.#quiet.splice(0)) resolve()
    if (!this.#finishing || this.#ended || this.queued > 0) return
    this.#ended = true
    this.#home.finished()
  }
}

interface Lane {
  /** What the handler works on. */
  readonly begun: Delivered
  readonly behind: Delivered[]
}

/** Whether it was there. */
function remove(message: Delivered, messages: Delivered[]): boolean {
  const place = messages.indexOf(message)
  if (place === -1) return false
  messages.splice(place, 1)
  return true
}

function laneName(message: Delivered): string | undefined {
  return message.key === undefined ? undefined : `${message.topic} ${message.key}`
}
