import { monotonicMs } from '../timing/tick.js'
import type { Delivered } from './delivered.js'
import { Pace } from './pace.js'
import type { Taker, TakerHome } from './taker.js'

interface Waiter {
  resolve(result: IteratorResult<Delivered>): void
  reject(error: Error): void
}

/**
 * A `for await` loop. At most `concurrency` leased messages are out unsettled; one that is neither acked nor nacked
 * frees its place when its lease ends. Messages without a lease come as fast as the loop asks.
 */
export class LoopTaker implements Taker {
  readonly #home: TakerHome
  readonly #pace: Pace
  #queue: Delivered[] = []
  readonly #out = new Set<Delivered>()
  readonly #waiters: Waiter[] = []
  /** What the loop's body got last. */
  #last: Delivered | undefined
  #error: Error | null = null
  #ended = false
  #finishing = false
  #asked = false
  #yieldedAt: number | undefined

  constructor(home: TakerHome) {
    this.#home = home
    this.#pace = new Pace(1)
  }

  get room(): number {
    if (!this.#asked || this.#ended) return 0
    const free = this.#home.concurrency - this.#out.size
    const wanted = this.#waiters.length > 0 ? free : Math.min(free, this.#home.concurrency - 1)
    return wanted + (this.#alive ? this.#pace.ahead : 0) - this.#queue.length
  }

  get queued(): number {
    return this.#queue.length
  }

  get working(): number {
    return this.#out.size
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

  keeps(): boolean {
    return this.#alive
  }

  next(): Promise<IteratorResult<Delivered>> {
    this.#asked = true
    if (this.#yieldedAt !== undefined) this.#pace.finish(this.#yieldedAt)
    this.#yieldedAt = undefined
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#pump()
      this.#home.roomy()
    })
  }

  end(error: Error | null): boolean {
    if (this.#ended) return false
    this.#ended = true
    for (const message of this.#queue.splice(0)) message.lose('the subscription was closed')
    this.#error = error
    // A loop that is in its body gets the error when it asks for the next message.
    const told = error !== null && this.#asked
    this.#pump()
    return told
  }

  finish(): void {
    this.#finishing = true
    this.#pump()
  }

  quiet(): Promise<void> {
    // What a loop holds is not waited for: nobody knows whether its body will ever settle it.
    return Promise.resolve()
  }

  /** The loop asks for more, or its body has kept to its time. */
  get #alive(): boolean {
    return this.#waiters.length > 0 || this.#last?.inTime === true
  }

  #pump(): void {
    while (this.#waiters.length > 0 && this.#queue.length > 0 && this.#out.size < this.#home.concurrency) {
      this.#yield(this.#queue.shift()!)
    }
    if (this.#finishing && !this.#ended && this.#queue.length === 0) {
      this.end(null)
      this.#home.finished()
      return
    }
    if (!this.#ended || this.#waiters.length === 0) return
    if (this.#error !== null) this.#waiters.shift()!.reject(this.#error)
    this.#error = null
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ done: true, value: undefined })
  }

  /** It was lost before its turn: its place must not be taken for ever. */
  #drop(message: Delivered): void {
    if (this.#ended) return
    this.#queue.splice(this.#queue.indexOf(message), 1)
    this.#home.roomy()
  }

  #yield(message: Delivered): void {
    message.onOver = undefined
    if (message.leased) {
      this.#out.add(message)
      message.onOver = () => {
        this.#out.delete(message)
        this.#pump()
        this.#home.roomy()
      }
    }
    message.begin()
    this.#last = message
    this.#yieldedAt = monotonicMs()
    this.#waiters.shift()!.resolve({ done: false, value: message })
  }
}
