import type { WindowStore } from '#dist/publish/dedupe/options.js'
import type { Change, ProjectionCursor, Segment } from '#dist/store/store.js'

/** A store that keeps projections in memory, as a disk would: what is committed stays, whatever becomes of the process. */
export class MemoryStore implements WindowStore {
  readonly cursors = new Map<string, ProjectionCursor>()
  readonly kept = new Map<string, Map<number, Uint8Array>>()
  /** Set: commits fail with it. */
  failure: Error | null = null
  commits = 0
  reads = 0
  /** What the disk keeps of a commit; the identity, except where a test plants a fault. */
  keep: (changes: readonly Change[]) => readonly Change[] = (changes) => changes

  #process = 0

  /** The store as one process sees it: once the next one has started, the former can write no more. */
  connect(): WindowStore {
    const process = ++this.#process
    return {
      commit: (changes) => this.commit(changes, process),
      projectionCursor: (projection, topic) => this.projectionCursor(projection, topic),
      segments: (projection, topic, from) => this.segments(projection, topic, from),
    }
  }

  async commit(changes: readonly Change[], process = this.#process): Promise<void> {
    // Bytes are copied at once: a caller that writes into them later must not change what was given.
    const copied = this.keep(changes).map((change) => structuredClone(change))
    await Promise.resolve()
    if (process !== this.#process) throw new Error('This process was killed.')
    if (this.failure !== null) throw this.failure
    this.commits++
    for (const change of copied) this.#apply(change)
  }

  async projectionCursor(projection: string, topic: string): Promise<ProjectionCursor | null> {
    return this.cursors.get(`${projection}/${topic}`) ?? null
  }

  async *segments(projection: string, topic: string, from: number): AsyncGenerator<Segment> {
    const all = this.kept.get(`${projection}/${topic}`) ?? new Map<number, Uint8Array>()
    for (const number of [...all.keys()].sort((a, b) => a - b)) {
      if (number < from || !all.has(number)) continue
      this.reads++
      yield { number, bytes: all.get(number)!.slice() }
    }
  }

  numbers(topic: string): number[] {
    return [...(this.kept.get(`dedupe/${topic}`)?.keys() ?? [])].sort((a, b) => a - b)
  }

  #apply(change: Change): void {
    if (change.kind === 'projection') {
      const name = `${change.cursor.projection}/${change.cursor.topic}`
      this.cursors.set(name, change.cursor)
      if (change.segment === undefined) return
      const all = this.kept.get(name) ?? new Map<number, Uint8Array>()
      this.kept.set(name, all.set(change.segment.number, change.segment.bytes))
    } else if (change.kind === 'segments_dropped') {
      const all = this.kept.get(`${change.projection}/${change.topic}`)
      for (const number of all?.keys() ?? []) if (number < change.below) all!.delete(number)
    }
  }
}
