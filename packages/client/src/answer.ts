import { errorOf } from './thrown.js'
import { nextTick } from './timing/tick.js'

/** Takes an error that nobody awaits. */
export type Report = (error: Error) => void

/**
 * A promise to a caller who may not look at it. When it fails and nobody has attached to it by the next turn, the error
 * goes to `report`; it never becomes an unhandled rejection.
 */
export class Answer<T> {
  readonly promise: Promise<T>
  readonly #report: Report
  #resolve!: (value: T) => void
  #reject!: (error: Error) => void

  constructor(report: Report) {
    this.#report = report
    this.promise = new Watched<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  resolve(value: T): void {
    this.#resolve(value)
  }

  /** Whether anybody looks at the promise. */
  get watched(): boolean {
    return (this.promise as Watched<T>).watched
  }

  fail(error: Error): void {
    const promise = this.promise as Watched<T>
    const seen = promise.watched
    promise.catch(ignore)
    promise.watched = seen
    this.#reject(error)
    nextTick(() => {
      if (!promise.watched) this.#report(error)
    })
  }
}

/** The promise of a task, as an answer that reports itself when nobody looks. */
export function answered<T>(report: Report, task: () => Promise<T>): Promise<T> {
  const answer = new Answer<T>(report)
  task().then(
    (value) => answer.resolve(value),
    (error: unknown) => answer.fail(errorOf(error)),
  )
  return answer.promise
}

/**
 * `await` looks at a native promise without calling its `then`, but not at one of a subclass: so a subclass can know
 * that somebody waits. What `then` gives back is a plain promise.
 */
class Watched<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  watched = false

  // biome-ignore lint/suspicious/noThenProperty: overriding `then` is the point.
  override then<A = T, B = never>(
    onResolved?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.watched = true
    return super.then(onResolved, onRejected)
  }
}

function ignore(): void {}
