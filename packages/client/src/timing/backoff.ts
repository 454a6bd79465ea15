const baseMs = 100
const capMs = 5_000

/** Full jitter: anything up to 100 ms doubled with each failure, at most 5 s, so that a thousand clients do not come back at once. */
export function fullJitter(failures: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 16))
}
