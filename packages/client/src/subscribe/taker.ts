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
  /**
   * Whether the lease of a message that waits here for its turn is to be renewed, since it must not cost an event a try that
   * nobody began it. Not when what it waits for has itself run out of time: code that hangs must not keep events from other
   * members of the group.
   */
  keeps(message: Delivered): boolean
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
