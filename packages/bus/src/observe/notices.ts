import type { Json } from '@hms-sync/client'

export const noticeCauses = [
  'target_failing',
  'target_paused',
  'target_recovered',
  'dead_letter',
  'gap',
  'owed_near_limit',
  'lag',
  'adapter_failed',
  'parking_full',
] as const
export type NoticeCause = (typeof noticeCauses)[number]

/** Something that an operator wants to hear of. Never holds a payload or a secret. */
export interface Notice {
  readonly cause: NoticeCause
  /** Whom it is about, by name: a group (an adapter's group has the adapter's name), or a topic where no group is concerned. */
  readonly subject: string
  /** The one topic it is about; absent: none, or all that the group takes. */
  readonly topic?: string
  /** What happened and what to do, in whole sentences. */
  readonly text: string
  /** Facts to work with: numbers, ids, reasons. */
  readonly details?: { readonly [name: string]: Json }
}

/** Where the rooms of the bus say what an operator should hear. */
export interface Notices {
  /** Cheap, never throws, may be called for every event: one notice for each cause, subject and topic goes out within a window. */
  tell(notice: Notice): void
}
