/** The longest that `Retry-After` can make an event wait. */
export const maxRetryAfterMs = 3_600_000

/**
 * `Retry-After` as milliseconds from `now`, whether it came as seconds or as a date; undefined when it is neither.
 * Clamped to an hour, so that a wrong clock or a wrong unit over there does not stop an adapter for days.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  // Date.parse takes bare numbers for years, and much else; every form of HTTP's dates begins with a weekday (RFC 9110 §5.6.7).
  const ms = /^\d{1,12}$/.test(text)
    ? Number(text) * 1_000
    : /^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(text)
      ? Date.parse(text) - now
      : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs)
}
