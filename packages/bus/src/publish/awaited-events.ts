import { BusyMap } from '../busy-map.js'
import type { Awaited } from './awaited.js'

/** Sources whose empty maps are kept, since they mostly come again. */
const maxIdleSources = 64

/**
 * The publishes of one topic that wait for the tail, by source and id. A map of maps: one text of both would be put
 * together and hashed three times an event.
 */
export class AwaitedEvents {
  readonly #bySource = new Map<string, BusyMap<string, Awaited>>()
  #size = 0
  /** Events come many in a row from one source. */
  #lastSource: string | null = null
  #last = new BusyMap<string, Awaited>()

  get size(): number {
    return this.#size
  }

  get(source: string, id: string): Awaited | undefined {
    return this.#of(source)?.get(id)
  }

  /** For one that is not there yet. */
  add(awaited: Awaited): void {
    const { source, id } = awaited.event
    let ofSource = this.#of(source)
    if (ofSource === undefined) {
      ofSource = new BusyMap()
      this.#bySource.set(source, ofSource)
    }
    ofSource.set(id, awaited)
    this.#size++
  }

  /** Answers what was there. */
  take(source: string, id: string): Awaited | undefined {
    const ofSource = this.#of(source)
    const awaited = ofSource?.delete(id)
    if (awaited === undefined) return undefined
    this.#size--
    if (ofSource!.size === 0 && this.#bySource.size > maxIdleSources) this.#forget(source)
    return awaited
  }

  all(): readonly Awaited[] {
    return [...this.#bySource.values()].flatMap((ofSource) => [...ofSource.entries()].map(([, awaited]) => awaited))
  }

  clear(): void {
    this.#bySource.clear()
    this.#lastSource = null
    this.#size = 0
  }

  #of(source: string): BusyMap<string, Awaited> | undefined {
    if (source === this.#lastSource) return this.#last
    const found = this.#bySource.get(source)
    if (found === undefined) return undefined
    this.#lastSource = source
    this.#last = found
    return found
  }

  #forget(source: string): void {
    this.#bySource.delete(source)
    if (source === this.#lastSource) this.#lastSource = null
  }
}
