import type { GroupOutcome } from '@hms-sync/client'
import type { Offset } from '../../event.js'

export type Settled = Pick<GroupOutcome, 'outcome' | 'attempts' | 'reason'>

/** Failures remembered until they are surely in the store: more than a moment brings. */
const maxRecent = 1_024

/** Who waits to hear what became of single events of one group in one partition. Nearly always nobody. */
export class OutcomeWatch {
  /** What was told last of events that are not delivered. */
  readonly #recent = new Map<Offset, Settled>()
  readonly #watchers = new Map<Offset, Set<(settled: Settled) => void>>()

  get size(): number {
    return this.#watchers.size
  }

  /** Nobody waits, and nothing is remembered. */
  get idle(): boolean {
    return this.#watchers.size === 0 && this.#recent.size === 0
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

  /** What was told a moment ago of an event that is not delivered, and may not be in the store yet. */
  recent(offset: Offset): Settled | undefined {
    return this.#recent.get(offset)
  }

  tell(offset: Offset, settled: Settled): void {
    if (settled.outcome !== 'delivered') this.#remember(offset, settled)
    else if (this.#recent.size > 0) this.#recent.delete(offset)
    if (this.#watchers.size === 0) return
    const watchers = this.#watchers.get(offset)
    this.#watchers.delete(offset)
    for (const heard of watchers ?? []) heard(settled)
  }

  #remember(offset: Offset, settled: Settled): void {
    this.#recent.delete(offset)
    this.#recent.set(offset, settled)
    if (this.#recent.size > maxRecent) this.#recent.delete(this.#recent.keys().next().value!)
  }
}
