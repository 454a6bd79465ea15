import type { Clock } from '../../clock.js'
import type { Incarnation } from '../../event.js'
import type { Store } from '../../store/store.js'

/** What the window keeps over restarts, and where. */
export type WindowStore = Pick<Store, 'commit' | 'projectionCursor' | 'segments'>

export interface DedupeWindowOptions {
  readonly topic: string
  readonly incarnation: Incarnation
  readonly partitions: number
  readonly windowMs: number
  readonly store: WindowStore
  readonly clock: Clock
  /** Ids of this topic held in memory in full, 23 bytes each; older ones cost 3.3 bytes and lie on disk. Default 4,000,000. */
  readonly maxInMemory?: number
  /** Ids a segment. Default 65,536: as many events, at most, are fed again after a crash. */
  readonly segmentIds?: number
}

export interface DedupeStats {
  /** Ids in the window, in memory and on disk. */
  readonly entries: number
  /** Bytes of memory. */
  readonly bytes: number
  /** Segments in the store. */
  readonly segments: number
  /** Ids that had to go before their time: only when the store failed while millions of events came. */
  readonly forgotten: number
}
