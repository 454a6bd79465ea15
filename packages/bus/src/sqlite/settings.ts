import { join } from 'node:path'

/** What the threads of one data folder share. Plain data: it travels to them. */
export interface SqliteSettings {
  readonly folder: string
  /**
   * `full`: an acknowledged write survives a power cut. `normal` survives the death of the process alone.
   * Lowering it is for the fault tests, which must notice.
   */
  readonly synchronous: 'full' | 'normal'
  /** Released when the disk is full, so that progress can still be written. */
  readonly ballastBytes: number
  readonly maxWalBytes: number
  /** The background checkpoint runs about every so many bytes. */
  readonly checkpointBytes: number
  readonly maxTransactionRows: number
  /** Waiting for the writer: beyond this, appends are refused as overloaded. */
  readonly maxQueuedBytes: number
  readonly maxQueuedJobs: number
}

export const defaultSettings: Omit<SqliteSettings, 'folder'> = {
  synchronous: 'full',
  ballastBytes: 8 * 1024 * 1024,
  maxWalBytes: 64 * 1024 * 1024,
  checkpointBytes: 4 * 1024 * 1024,
  maxTransactionRows: 512,
  maxQueuedBytes: 64 * 1024 * 1024,
  maxQueuedJobs: 100_000,
}

export const databasePath = (folder: string): string => join(folder, 'bus.db')
export const ballastPath = (folder: string): string => join(folder, 'ballast')
export const lockPath = (folder: string): string => join(folder, 'lock.db')
export const ownerPath = (folder: string): string => join(folder, 'owner.json')

/** What passes through a thread dies young: a small nursery keeps the process small and costs nothing measurable. */
export const threadLimits = { maxYoungGenerationSizeMb: 8 } as const
