import { type DeliveryPolicy, SyncError } from '@hms-sync/client'
import { adapterSchedule, type RetrySchedule, subscriberSchedule } from './schedule.js'
import type { TargetPolicy } from './target.js'

/** How a group's deliveries are treated, with every default in place. */
export interface GroupPolicy {
  /** Tries that count before an event becomes a dead letter; null: as many as it takes. */
  readonly maxAttempts: number | null
  readonly retryMs: RetrySchedule
  /** null: subscribers, of whose system nothing is known. */
  readonly target: TargetPolicy | null
}

const maxPauseMs = 7 * 24 * 3_600_000
const defaultPauseAfterMs = 3 * 24 * 3_600_000

export const subscriberPolicy: GroupPolicy = { maxAttempts: null, retryMs: subscriberSchedule, target: null }

/** @throws SyncError `invalid_request` naming the value that is out of its bounds. */
export function readPolicy(policy: DeliveryPolicy | undefined): GroupPolicy {
  if (policy === undefined) return subscriberPolicy
  const { target } = policy
  const schedule = target === undefined ? subscriberSchedule : adapterSchedule
  const retryMs = policy.retryMs ?? schedule
  check(
    retryMs.length > 0 && retryMs.length <= 100 && retryMs.every((ms) => within(ms, 0, maxPauseMs)),
    'retryMs lists 1 to 100 pauses of at most 7 days, in ms',
  )
  const maxAttempts = policy.maxAttempts === undefined ? (target === undefined ? null : retryMs.length + 1) : policy.maxAttempts
  check(maxAttempts === null || within(maxAttempts, 1, 1_000_000), 'maxAttempts is a whole number from 1, or null for no end')
  if (target === undefined) return { maxAttempts, retryMs, target: null }
  const { ratePerSecond = null, pauseAfterMs = defaultPauseAfterMs } = target
  check(ratePerSecond === null || (ratePerSecond > 0 && ratePerSecond <= 1_000_000), 'ratePerSecond is a number above 0, or null')
  check(within(pauseAfterMs, 1_000, 365 * 24 * 3_600_000), 'pauseAfterMs is at least 1,000 and at most a year')
  return { maxAttempts, retryMs, target: { ratePerSecond, pauseAfterMs } }
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new SyncError('invalid_request', `The policy of the group is not acceptable: ${rule}.`)
}
