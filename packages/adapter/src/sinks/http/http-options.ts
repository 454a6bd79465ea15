/** Where and how an HTTP sink sends. Every text may be `env:NAME` or `file:PATH`, except names, paths and methods. */
export interface HttpOptions {
  /**
   * `http://…`, `https://…`, `env:NAME` / `file:PATH` that holds one, or `env:NAME/permits` with more behind it. Behind the host, `{permitId}` is filled in from the
   * payload, `{$event.key}` from the event's own fields, `{$value.id}` from what `map` made, each percent-encoded; an
   * event without the value is refused.
   */
  readonly url: string
  /** Default POST. DELETE sends no body. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** A value may be `env:NAME` or `file:PATH`, also behind a scheme: `Bearer env:SCHEDULING_TOKEN`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Who we are to the system. */
  readonly auth?: HttpAuth
  /** Signs each try as Standard Webhooks: a secret `whsec_…`, or the new and the old one while receivers change over. */
  readonly sign?: string | readonly string[]
  /** Several events in one body. */
  readonly batch?: HttpBatch
  /** What to keep of a JSON answer to the event: names and paths, `{ schedulingId: 'id' }`. Not with `batch`. */
  readonly capture?: Readonly<Record<string, string>>
  /**
   * An address on the same host, filled in like `url`, that a GET asks whether an event has been applied, before it is sent
   * again: 2xx is yes, 404 and 410 are no. For systems that do not know an `Idempotency-Key`.
   */
  readonly probe?: string
  /** One request, from connecting to the end of the answer. Default 10,000; 100 to 120,000. */
  readonly timeoutMs?: number
  /** Requests at once, each on a connection of its own. Default 64, which is also the most. */
  readonly concurrency?: number
  /** PEM texts, as `file:PATH`: an authority of your own beside the known ones, and a certificate and its key for systems that ask for one. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Private addresses that this sink may dial: addresses, CIDR ranges, host names. */
  readonly allow?: readonly string[]
}

/** One of three. `bearer`: a token. `basic`: a name and a password. `apiKey`: a header of the system's choice. */
export type HttpAuth =
  | { readonly bearer: string }
  | { readonly basic: { readonly user: string; readonly password: string } }
  | { readonly apiKey: { readonly header: string; readonly value: string } }

export interface HttpBatch {
  /** Events in one request at most: 1 to 1,000. */
  readonly size: number
  /** `array` (default): one JSON array. `ndjson`: one JSON value a line, as `application/x-ndjson`. */
  readonly as?: 'array' | 'ndjson'
  /** Bytes of a body at most; an event that is larger goes alone. Default 1 MiB; 1 KiB to 16 MiB. */
  readonly maxBytes?: number
}
