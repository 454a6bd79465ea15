import type { SqlDialect } from './dialect.js'

/** Between two tries to get the lock. */
const pauseMs = 20

export interface Patience {
  readonly dialect: SqlDialect
  readonly forMs: number
  /** True when nobody waits for it any more. */
  readonly isOver: () => boolean
}

/** Does the work again as long as another program holds the lock, without holding the thread. @throws what the work throws. */
export async function whenFree(work: () => Promise<void> | void, { dialect, forMs, isOver }: Patience): Promise<void> {
  const until = performance.now() + forMs
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (isOver() || performance.now() > until || dialect.faultOf(error) !== 'busy') throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
