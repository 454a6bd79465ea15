/** What an adapter is doing, for the log, `/metrics` and the operator. Counts are since the bus started. */
export interface AdapterStats {
  readonly name: string
  /** `stopped`: not started yet, or over by the bus's will. `failed`: `reason` says why; a reload or a changed file starts it again. */
  readonly state: 'running' | 'failed' | 'stopped'
  /** Why it does not run. */
  readonly reason?: string
  /** Where it writes: an address without secrets; null before it was loaded. */
  readonly target: string | null
  readonly topics: readonly string[]
  readonly delivered: number
  /** Tries that did not do: `retried` and `refused` together. */
  readonly failed: number
  /** Tries after which the event comes again. */
  readonly retried: number
  /** Events that were given up, by the target or by the mapping. */
  readonly refused: number
  readonly inFlight: number
  readonly lastError: { readonly at: string; readonly reason: string } | null
  /** How often it was started again. */
  readonly restarts: number
}
