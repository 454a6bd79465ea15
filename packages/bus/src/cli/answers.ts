/** An item of `POST /v1/registry/apply`, as far as the CLI looks at it. */
export interface AppliedChange {
  readonly topic: string
  readonly what: string
}
