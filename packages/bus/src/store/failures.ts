import type { DeadLetterState, ErrorClass } from '@hms-sync/client'
import type { Incarnation, Offset } from '../event.js'

/** Where one event lies. */
export interface EventPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

/** A delivery that gave up. One for each (group, topic, incarnation, partition, offset), numbered by the bus from 1, ascending. */
export interface DeadLetter extends EventPlace {
  readonly number: number
  readonly state: DeadLetterState
  readonly group: string
  readonly incarnation: Incarnation
  readonly key: string | null
  /** The event's id. */
  readonly event: string
  /** The `WireEvent` as JSON text, as it would be sent again. */
  readonly wire: string
  readonly edited: boolean
  /** Without NUL. */
  readonly reason: string
  readonly errorClass: ErrorClass | null
  /** Tries that counted. */
  readonly attempts: number
  /** When it gave up last, ms since 1970. */
  readonly at: number
}

/** An event that waits behind a dead letter of its key, copied out of the log. */
export interface ParkedEvent extends EventPlace {
  readonly group: string
  readonly key: string
  /** The event's id. */
  readonly event: string
  /** The `WireEvent` as JSON text. */
  readonly wire: string
}

/**
 * Tries of one group in one partition that ended about the same time, as one text: its form is the business of whoever
 * writes it, but it holds no NUL. Kept together because a row for every try would cost more than the delivery.
 */
export interface AttemptChunk {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** The offsets of the tries lie between these, both included. */
  readonly first: Offset
  readonly last: Offset
  /** When the last of them ended, ms since 1970. */
  readonly at: number
  readonly count: number
  readonly text: string
}

/** A chunk with its number in the store: ascending, in the order they were written. */
export interface StoredChunk extends AttemptChunk {
  readonly number: number
}

/** Absent: all. Times in ms since 1970. */
export interface DeadLetterQuery {
  readonly numbers?: readonly number[]
  readonly group?: string
  readonly topic?: string
  readonly errorClass?: ErrorClass
  readonly state?: DeadLetterState
  readonly since?: number
  readonly until?: number
}

export interface AttemptQuery {
  readonly group?: string
  readonly topic?: string
  /** Ended at or after, ms since 1970. */
  readonly since?: number
  /** Only chunks whose offsets reach around this place. */
  readonly around?: EventPlace
  /** Only chunks with lower numbers. */
  readonly below?: number
}

/** What stands in the way of one group in one partition: read when it wakes. */
export interface OpenFailures {
  /** Keys with a dead letter that is `open`, each with the highest offset of those; in order of key. */
  readonly openKeys: readonly { readonly key: string; readonly offset: Offset }[]
  /** There are more such keys than `openKeys` names. */
  readonly moreOpenKeys: boolean
  /** Keys with parked events, with how many. A key whose dead letter parks what comes next, and which has none yet, is among `openKeys` alone. */
  readonly parked: readonly { readonly key: string; readonly count: number }[]
  /** There are more such keys than `parked` names. */
  readonly moreParkedKeys: boolean
  /** Dead letters on their way again, by number; at most `maxRedriving`. */
  readonly redriving: readonly DeadLetter[]
}

/** How many keys `openFailures` names at most. */
export interface MostKeys {
  readonly open: number
  readonly parked: number
}

/** Letters on their way again at once, of all groups: each is held in memory until it is delivered. No more are set on their way. */
export const maxRedriving = 10_000

/** What `Store.commit` writes of failures. */
export type FailureChange =
  /** Writes the letter, or replaces the one of this number. */
  | { readonly kind: 'dead_letter'; readonly letter: DeadLetter }
  | { readonly kind: 'dead_letter_state'; readonly number: number; readonly state: DeadLetterState }
  /** A newer event of the key was applied: its `open` and `redriving` letters below the offset become `superseded`. */
  | {
      readonly kind: 'superseded'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly key: string
      readonly below: Offset
    }
  /** Forgets letters that are done, superseded or skipped and gave up before; at most a thousand at a time. */
  | { readonly kind: 'dead_letters_trimmed'; readonly before: number }
  | { readonly kind: 'parked'; readonly event: ParkedEvent }
  | {
      readonly kind: 'unparked'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly offset: Offset
    }
  /** The group begins at an offset of the partition: what is parked there or behind it will be read from the log again. */
  | {
      readonly kind: 'parked_dropped'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly from: Offset
    }
  | { readonly kind: 'attempts'; readonly chunk: AttemptChunk }
  /** Forgets chunks whose last try ended before, and the oldest ones so that at most `keep` remain; a thousand at a time. */
  | { readonly kind: 'attempts_trimmed'; readonly before: number; readonly keep: number }

/** The part of the store that remembers what went wrong, and every try. */
export interface FailureStore {
  /** The highest number of a dead letter that ever was given; 0: none. */
  lastDeadLetter(): Promise<number>
  /** In descending order of number, those below `below` (absent: from the newest on), at most `limit`. */
  deadLetters(query: DeadLetterQuery, limit: number, below?: number): Promise<readonly DeadLetter[]>
  /** In ascending order of number, at most `limit`. */
  oldestDeadLetters(query: DeadLetterQuery, limit: number): Promise<readonly DeadLetter[]>
  countDeadLetters(query: DeadLetterQuery): Promise<number>
  /** The letter of one event for one group, whatever its state; null: none. */
  deadLetterOf(group: string, place: EventPlace): Promise<DeadLetter | null>
  openFailures(group: string, topic: string, partition: number, most: MostKeys): Promise<OpenFailures>
  isParked(group: string, place: EventPlace): Promise<boolean>
  /** Parked events of a key by offset, those from `from` on, at most `limit`. */
  parked(group: string, topic: string, partition: number, key: string, from: Offset, limit: number): Promise<readonly ParkedEvent[]>
  /** When the oldest chunk's last try ended (ms since 1970), and how many chunks there are at most; null: none. */
  oldestAttempt(): Promise<{ readonly at: number; readonly chunks: number } | null>
  /** The newest first, one chunk at a time, bounded pages behind it. */
  attempts(query: AttemptQuery): AsyncIterable<StoredChunk>
}
