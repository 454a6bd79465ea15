import type { Envelope } from '@hms-sync/client'

/** Port: where changes of an external system enter the bus. */
export interface Source {
  /**
   * Yields changes with the place to resume behind each. The host publishes a batch durably before it asks for the
   * next one, and gives the last published place back as `from` after a restart: a batch may come again, with the same ids.
   * Ends soon after `signal` aborts.
   */
  changes(
    from: string | null,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly topic: string; readonly events: readonly Envelope[]; readonly next: string }>
  /** Frees connections. May be called twice. */
  close(): Promise<void>
}
