/** Pauses between tries: doubled at each, capped, with full jitter so that what failed together does not come back together. */
export interface Schedule {
  readonly firstMs: number
  readonly capMs: number
}

/** The target may be back any moment. */
export const retrySchedule: Schedule = { firstMs: 1_000, capMs: 30_000 }
/** The event itself was refused: somebody has to mend it first. */
export const refusedSchedule: Schedule = { firstMs: 5_000, capMs: 300_000 }

/** Milliseconds to wait after `attempts` tries: between 0 and the doubled pause. */
export function pauseMs(schedule: Schedule, attempts: number, random: () => number = Math.random): number {
  return Math.ceil(random() * Math.min(schedule.capMs, schedule.firstMs * 2 ** Math.min(attempts - 1, 20)))
}
