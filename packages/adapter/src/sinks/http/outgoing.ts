/** One request to make: what differs from the others of its sink. */
export interface Outgoing {
  readonly path: string
  /** Absent: a request without a body. */
  readonly body: string | undefined
  /** `Idempotency-Key` and `webhook-id`. */
  readonly id: string
  /** 1 at the first try. */
  readonly attempt: number
  /** The event's, as it came. */
  readonly traceparent: string | undefined
}
