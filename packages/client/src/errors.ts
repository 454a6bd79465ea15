/**
 * The one table of error codes: what the code means and which HTTP status answers it.
 * The CLI's exit code and the reference page are derived from it; a test ties all three together.
 */
export const errorCodes = {
  // What the caller sent
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_request: { status: 400, title: 'The request is not understood' },
  invalid_event: { status: 422, title: 'The event is not acceptable' },
  schema_violation: { status: 422, title: 'The payload does not match the topic’s schema' },
  key_missing: { status: 422, title: 'The payload lacks the topic’s key' },
  unknown_version: { status: 422, title: 'The topic has no such schema version' },
  qos_mismatch: { status: 422, title: 'The topic has another QoS' },
  too_deep: { status: 400, title: 'The JSON is nested too deep' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  id_reused: { status: 409, title: 'The id was used for other content' },
  unknown_topic: { status: 404, title: 'There is no such topic' },
  unknown_group: { status: 404, title: 'There is no such group' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  not_supported_yet: { status: 501, title: 'This version cannot do that yet' },
  // Who the caller is
  forbidden_host: { status: 403, title: 'The Host or Origin is not allowed' },
  unauthorized: { status: 401, title: 'The credentials are missing or wrong' },
  // What became of a delivery or a subscription
  expired: { status: 409, title: 'The delivery is no longer yours' },
  gap: { status: 410, title: 'Events were trimmed before they were read' },
  gone: { status: 410, title: 'The topic was deleted or made anew' },
  slow_consumer: { status: 408, title: 'The subscriber does not read' },
  // The project folder
  invalid_config: { status: 422, title: 'The configuration has faults' },
  change_refused: { status: 409, title: 'The change would lose data' },
  adapter_failed: { status: 500, title: 'The adapter stopped' },
  // The bus itself
  data_folder_in_use: { status: 503, title: 'Another process owns the data folder' },
  data_version: { status: 500, title: 'The data folder was written by another version' },
  storage_failed: { status: 503, title: 'The storage failed' },
  disk_full: { status: 507, title: 'The disk is full' },
  overloaded: { status: 503, title: 'The bus is overloaded' },
  shutting_down: { status: 503, title: 'The bus is shutting down' },
  unknown_outcome: { status: 504, title: 'Whether the event was stored is not known' },
  timeout: { status: 504, title: 'The time ran out' },
  internal: { status: 500, title: 'A fault of the bus' },
  // The client's side of the wire
  unreachable: { status: 503, title: 'The bus cannot be reached' },
  wrong_url: { status: 400, title: 'The URL is not that of a bus' },
  closed: { status: 503, title: 'The connection was closed' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errorCodes

/** One fault inside a payload or a request: where (RFC 6901 JSON pointer) and what. */
export interface Fault {
  readonly pointer: string
  readonly message: string
}

/** RFC 9457 body of every error that crosses the wire, with a stable `code`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly errors?: readonly Fault[]
}

/** The only error hms-sync throws on purpose. `message` says what, where, and what to do; `code` is stable. */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: ErrorCode
  readonly faults: readonly Fault[]

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; faults?: readonly Fault[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.faults = options.faults ?? []
  }
}

/** The error as it goes over the wire. A foreign error becomes `internal`, without its text: it may hold secrets. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof SyncError ? error : new SyncError('internal', 'The bus failed on this request; its log says why.')
  const { status, title } = errorCodes[known.code]
  return {
    type: `urn:hms-sync:error:${known.code}`,
    title,
    status,
    detail: known.message,
    code: known.code,
    ...(known.faults.length > 0 ? { errors: known.faults } : {}),
  }
}

/** A problem that came over the wire, as an error again. Codes of a newer bus become `internal`. */
export function fromProblem(problem: Problem): SyncError {
  const code: ErrorCode = problem.code in errorCodes ? problem.code : 'internal'
  return new SyncError(code, problem.detail, problem.errors === undefined ? {} : { faults: problem.errors })
}
