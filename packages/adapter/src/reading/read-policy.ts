import { type DeliveryPolicy, parseDuration } from '@hms-sync/client'
import { type Collected, unknownKey } from '../faults.js'
import { isRecord } from './record.js'

export const policyKeys = ['rateLimit', 'retry', 'maxAttempts', 'pauseAfter', 'acceptDuplicates'] as const

export interface ReadPolicy {
  readonly policy: DeliveryPolicy
  /** Calls of each sink at once; null: as many as the sink takes. */
  readonly concurrent: number | null
  readonly acceptDuplicates: boolean
}

const rateKeys = ['perSecond', 'concurrent'] as const
const maxPauses = 100
const maxPauseMs = 7 * 86_400_000
const maxAttempts = 1_000_000
const maxConcurrent = 1_024

/** How fast events go out, and what becomes of those that fail. Faults go to `collected`, each at its place. */
export function readPolicy(config: Readonly<Record<string, unknown>>, collected: Collected): ReadPolicy {
  const { perSecond, concurrent } = readRate(config.rateLimit, collected)
  const retryMs = readRetry(config.retry, collected)
  const pauseAfterMs =
    config.pauseAfter === undefined ? undefined : readDuration(config.pauseAfter, '/pauseAfter', [1_000, 365 * 86_400_000], collected)
  const { acceptDuplicates } = config
  if (acceptDuplicates !== undefined && typeof acceptDuplicates !== 'boolean')
    collected.add('/acceptDuplicates', 'write true, or leave it out')
  return {
    policy: {
      ...readAttempts(config.maxAttempts, collected),
      ...(retryMs === undefined ? {} : { retryMs }),
      target: {
        ...(perSecond === undefined ? {} : { ratePerSecond: perSecond }),
        ...(pauseAfterMs === undefined ? {} : { pauseAfterMs }),
      },
    },
    concurrent: concurrent ?? null,
    acceptDuplicates: acceptDuplicates === true,
  }
}

function readRate(value: unknown, collected: Collected): { readonly perSecond?: number; readonly concurrent?: number } {
  if (value === undefined) return {}
  if (!isRecord(value) || Object.keys(value).length === 0) {
    collected.add('/rateLimit', 'write rateLimit: { perSecond: 50 }, or { concurrent: 4 }, or both')
    return {}
  }
  for (const key of Object.keys(value)) {
    if (!(rateKeys as readonly string[]).includes(key)) collected.add(`/rateLimit/${key}`, unknownKey(key, rateKeys))
  }
  const { perSecond, concurrent } = value
  if (perSecond !== undefined && !whole(perSecond, 1, 1_000_000))
    collected.add('/rateLimit/perSecond', 'write a whole number of events a second, from 1 to 1,000,000')
  if (concurrent !== undefined && !whole(concurrent, 1, maxConcurrent))
    collected.add('/rateLimit/concurrent', `write a whole number from 1 to ${maxConcurrent}`)
  return value
}

function readRetry(value: unknown, collected: Collected): readonly number[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length === 0 || value.length > maxPauses) {
    collected.add('/retry', `write a list of 1 to ${maxPauses} pauses, such as retry: [5s, 5m, 1h]`)
    return undefined
  }
  return value.map((pause, i) => readDuration(pause, `/retry/${i}`, [0, maxPauseMs], collected) ?? 0)
}

function readAttempts(value: unknown, collected: Collected): { readonly maxAttempts?: number | null } {
  if (value === undefined) return {}
  if (value === null || whole(value, 1, maxAttempts)) return { maxAttempts: value as number | null }
  collected.add('/maxAttempts', `write a whole number from 1 to ${maxAttempts}, or null for as many as it takes`)
  return {}
}

function readDuration(value: unknown, pointer: string, [least, most]: readonly [number, number], collected: Collected): number | undefined {
  const help = 'write a whole number and a unit, such as 500ms, 10s, 10m, 2h or 7d'
  try {
    const ms = typeof value === 'string' ? parseDuration(value) : Number.NaN
    if (ms >= least && ms <= most) return ms
    collected.add(pointer, Number.isNaN(ms) ? help : `${help}, of ${least === 0 ? '' : '1s to '}${most / 86_400_000}d at most`)
  } catch {
    collected.add(pointer, help)
  }
  return undefined
}

function whole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}
