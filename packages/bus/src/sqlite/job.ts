import type { Value } from './driver.js'

/** A statement known to a thread by its number, so that its text travels once. */
export interface Prepared {
  readonly number: number
  /** Values a row. */
  readonly width: number
}

/** The same statement for several rows at once: a third cheaper a row where there are many. */
export interface Many {
  readonly rows: number
  readonly sql: string
}

/** A statement as it travels: [number, its text, its text for many]. */
export type WireStatement = readonly [number, string, Many | null]

/** One statement run over rows that lie one after the other in `values`. */
export interface Step {
  readonly statement: Prepared
  readonly values: readonly Value[]
}

/**
 * Adds `amounts` to the row `key`. Within a transaction the amounts of one (statement, key) are summed and written once:
 * a counter costs one update a commit, not one an event. The statement takes the key, then the amounts.
 */
export interface Tally {
  readonly statement: Prepared
  readonly key: number
  readonly amounts: readonly number[]
}

/** Work for the writer: all or nothing. */
export interface Job {
  readonly steps: readonly Step[]
  readonly tally?: Tally
  /** True: refused while the disk is full. False (progress, trimming): helps to drain, and may use the reserve. */
  readonly grows: boolean
  /** About how much it writes; for backpressure and checkpoints. */
  readonly bytes: number
}

/** A job as it travels: [statement, width, values] per step. */
export interface WireJob {
  readonly steps: readonly (readonly [number, number, readonly Value[]])[]
  readonly tally?: readonly [number, number, readonly number[]]
  readonly grows: boolean
  readonly bytes: number
}

export type ToWriter = { readonly sql: readonly WireStatement[]; readonly jobs: readonly WireJob[] } | { readonly close: true }

/** Why a job was not written. `unknown`: the commit itself failed on the disk, so it may be there after a restart. */
export interface JobFault {
  /** Which of the jobs answered, from 0. */
  readonly index: number
  readonly kind: 'full' | 'broken' | 'unknown' | 'other'
  readonly message: string
}

export type FromWriter =
  | { readonly opened: true }
  | { readonly refused: { readonly code: 'storage_failed' | 'data_version' | 'disk_full'; readonly message: string } }
  /** The oldest `answered` jobs are done, in order; `faults` names those that failed. */
  | { readonly answered: number; readonly faults: readonly JobFault[]; readonly diskFull: boolean }
  | { readonly closed: true }

export function toWire(job: Job): WireJob {
  const { tally } = job
  return {
    steps: job.steps.map((step) => [step.statement.number, step.statement.width, step.values]),
    ...(tally === undefined ? {} : { tally: [tally.statement.number, tally.key, tally.amounts] as const }),
    grows: job.grows,
    bytes: job.bytes,
  }
}
