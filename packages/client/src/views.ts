/** What the bus answers to those who look: items of its lists. Nothing here runs. */

/** One topic as the bus holds it now: an item of `GET /v1/topics`. Counts are since the bus started, but for what lies in the log. */
export interface TopicInfo {
  readonly name: string
  readonly description: string
  readonly qos: string
  readonly key: string | null
  readonly retention: string
  readonly partitions: number
  /** `v1`, or null; `unvalidated` true when its file is missing. */
  readonly schema: string | null
  readonly unvalidated: boolean
  readonly producers: readonly string[] | null
  readonly consumers: readonly string[] | null
  readonly events: number
  readonly bytes: number
  readonly firstReceived: string | null
  readonly published: number
  readonly duplicates: number
  readonly unrouted: number
  readonly groups: readonly string[]
}

/** One group and where it stands: an item of `GET /v1/groups`. */
export interface GroupInfo {
  readonly name: string
  /** Members connected now: subscribers and adapters. */
  readonly members: number
  readonly topics: readonly {
    readonly topic: string
    readonly declared: boolean
    /** Events not settled yet. */
    readonly lag: number
    /** Receive time of the oldest event not settled; null when there is none. */
    readonly oldestWaiting: string | null
    readonly inFlight: number
    /** Deliveries that wait for another try. */
    readonly retrying: number
    readonly delivered: number
    readonly failed: number
    readonly lastError: { readonly at: string; readonly reason: string } | null
    readonly cursor: string
  }[]
}

/** What an adapter is doing: an item of `GET /v1/adapters`. Counts are since the bus started. */
export interface AdapterInfo {
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
  /** Tries that the target or the mapping refused outright. The event waits with its reason. */
  readonly refused: number
  readonly inFlight: number
  readonly lastError: { readonly at: string; readonly reason: string } | null
  /** How often it was started again. */
  readonly restarts: number
}
