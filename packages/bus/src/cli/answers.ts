/** What the bus answers to the lists that the CLI prints: the fields that it looks at. */

/** An item of `GET /v1/topics`. */
export interface ListedTopic {
  readonly name: string
  readonly description: string
  readonly qos: string
  readonly key: string | null
  readonly retention: string
  readonly partitions: number
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

/** An item of `GET /v1/groups`. */
export interface ListedGroup {
  readonly name: string
  readonly members: number
  readonly topics: readonly {
    readonly topic: string
    readonly declared: boolean
    readonly lag: number
    readonly oldestWaiting: string | null
    readonly inFlight: number
    readonly retrying: number
    readonly delivered: number
    readonly failed: number
    readonly lastError: { readonly at: string; readonly reason: string } | null
  }[]
}

/** An item of `GET /v1/adapters`. */
export interface ListedAdapter {
  readonly name: string
  readonly state: string
  readonly topics: readonly string[]
  /** What it is plugged to: an address without secrets. */
  readonly target?: string | null
  readonly reason?: string
  readonly delivered?: number
  readonly failed?: number
}

/** An item of `POST /v1/registry/apply`. */
export interface AppliedChange {
  readonly topic: string
  readonly what: string
}
