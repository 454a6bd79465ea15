import type { Delivered } from './delivered.js'

/** The end of a subscription where messages are worked on: a `for await` loop or a handler. */
export interface Taker {
  /** How many more messages it would take now; may be negative. */
  readonly room: number
  /** Messages taken and not begun. */
  readonly queued: number
  /** Messages begun and not over. */
  readonly working: number
  take(message: Delivered): void
  /** Begins nothing any more; what was queued is dropped. An error is thrown where the messages came out. Answers whether anybody got it. */
  end(error: Error | null): boolean
  /** No more messages come; what is queued is still worked on, then it ends. */
  finish(): void
  /** Resolves when nothing is being worked on. */
  quiet(): Promise<void>
}

export interface TakerHome {
  readonly concurrency: number
  /** There is room again. */
  readonly roomy: () => void
  /** Everything was worked on after `finish`. */
  readonly finished: () => void
}
