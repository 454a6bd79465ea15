import type { TargetHealth } from '@hms-sync/client'
import type { Offset } from '../event.js'
import type { GaveUp } from './failures/dead-letters.js'
import type { Entry } from './lanes.js'

/** What happens to groups that operators are told of. */
export interface GroupEvents {
  gap(group: string, topic: string, partition: number, first: Offset, last: Offset): void
  gaveUp(group: string, topic: string, entry: Entry, why: GaveUp): void
  parkingFull(group: string, topic: string, key: string): void
  targetChanged(group: string, health: TargetHealth): void
}
