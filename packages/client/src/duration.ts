import { SyncError } from './errors.js'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const maxMs = 3_650 * unitMs.d

/**
 * Reads `500ms`, `10s`, `10m`, `2h`, `7d` as milliseconds; whole numbers only, at most ten years.
 * @throws SyncError `invalid_request` naming the text and the form it should have.
 */
export function parseDuration(text: string): number {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text)
  const ms = match === null ? Number.NaN : Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
  if (Number.isNaN(ms) || ms > maxMs) {
    throw new SyncError(
      'invalid_request',
      `"${text.slice(0, 40)}" is not a duration. Write a whole number and a unit, such as 500ms, 10s, 10m, 2h or 7d.`,
    )
  }
  return ms
}

/** Milliseconds in the largest unit that divides them: 604800000 is `7d`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= unitMs[unit] && ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`
  }
  return `${ms}ms`
}
