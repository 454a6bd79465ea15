/** Milliseconds to wait after the first, second … try that counts; the last one repeats. */
export type RetrySchedule = readonly number[]

const [second, minute, hour] = [1_000, 60_000, 3_600_000]

/** One event that a system does not take while it takes others: about 28 hours in all, so that somebody on the next working day can mend it. */
export const adapterSchedule: RetrySchedule = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour]
/** A subscriber that asked for the event again without saying when. */
export const subscriberSchedule: RetrySchedule = [1, 2, 4, 8, 16, 30].map((seconds) => seconds * second)

/** Milliseconds to wait after `attempts` tries: full jitter, so that what failed together does not come back together. */
export function pauseMs(schedule: RetrySchedule, attempts: number, random: () => number = Math.random): number {
  return Math.ceil(random() * schedule[Math.min(attempts, schedule.length) - 1]!)
}
