import type { Clock } from './clock.js'
import type { Engine } from './engines/engine.js'
import type { Log } from './observe/log.js'
import type { Project } from './registry/config.js'
import type { Store } from './store/store.js'

/** What a bus is put together from. */
export interface BusParts {
  readonly project: Project
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Dead letters on their way again at once, of all groups. Absent: 10,000. */
  readonly maxRedriving?: number
  /** Keys that dead letters hold at once (`onFailure: park`), of one group in one partition: beyond them it is read no further. Absent: 100,000. */
  readonly maxHeldKeys?: number
}
