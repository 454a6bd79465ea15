import type { GroupOutcome } from '@hms-sync/client'
import type { Offset } from '../event.js'

export type Settled = Pick<GroupOutcome, 'outcome' | 'attempts' | 'reason'>

/** Who waits to hear what became of single events of one group in one partition. Nearly always nobody. */
export class OutcomeWatch {
  readonly #watchers = new Map<Offset, Set<(settled: Settled) => void>>()

  get size(): number {
    return this.#watchers.size
  }

  /** Calls `heard` once, unless the returned function was called before. */
  add(offset: Offset, heard: (settled: Settled) => void): () => void {
    let watchers = this.#watchers.get(offset)
    if (watchers === undefined) {
      watchers = new Set()
      this.#watchers.set(offset, watchers)
    }
    watchers.add(heard)
    return () => {
      watchers.delete(heard)
      if (watchers.size === 0) this.#watchers.delete(offset)
    }
  }

  tell(offset: Offset, settled: Settled): void {
    if (this.#watchers.size === 0) return
    const watchers = this.#watchers.get(offset)
    this.#watchers.delete(offset)
    for (const heard of watchers ?? []) heard(settled)
  }
}
