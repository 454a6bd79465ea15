/**
 * What an HTTP status says about one event: the one table behind every HTTP sink.
 *
 * `done` applied. `target` the system as a whole cannot take events now, whichever it is: the event is innocent and
 * comes again. `event` this one failed and comes again. `refused` it will never be accepted as it is.
 */
export type Verdict = 'done' | 'target' | 'event' | 'refused'

/** Tries of one event after which a 409 is believed: see below. */
export const maxConflictTries = 4

/** @param attempt 1 at the first try. */
export function verdict(status: number, attempt: number): Verdict {
  if (status >= 200 && status < 300) return 'done'
  // Redirects are not followed: they would carry headers with keys to another origin.
  if (status >= 300 && status < 400) return 'refused'
  // A 409 answers a repeat whose first try is still being worked on (draft-ietf-httpapi-idempotency-key-header), or an
  // event that really conflicts. Only a repeat can be the former, and not for ever.
  if (status === 409) return attempt > 1 && attempt < maxConflictTries ? 'event' : 'refused'
  return exceptions[status] ?? (status >= 500 ? 'event' : 'refused')
}

/** Every other 4xx (400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 416, 418, 422, 428, 431, 451 …) is the event's own fault; every other 5xx may pass. */
const exceptions: Readonly<Record<number, Verdict>> = {
  // Our credentials or our account, not the event: refusing would drop every event while a key is being renewed.
  401: 'target',
  402: 'target',
  407: 'target',
  // A right may be missing for one record or for all of them; it can be granted, so the event is kept and tried again.
  403: 'event',
  408: 'event',
  421: 'target',
  423: 'event',
  424: 'event',
  425: 'event',
  429: 'target',
  503: 'target',
}

/** The longest that `Retry-After` can make an event wait. */
export const maxRetryAfterMs = 3_600_000

/**
 * `Retry-After` as milliseconds from `now`, whether it came as seconds or as a date; undefined when it is neither.
 * Clamped to an hour, so that a wrong clock or a wrong unit over there does not stop an adapter for days.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  // Date.parse takes bare numbers for years; only a date with a weekday or a time zone is meant (RFC 9110 §10.2.3).
  const ms = /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : /[A-Za-z]/.test(text) ? Date.parse(text) - now : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs)
}
