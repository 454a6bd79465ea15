import type { AdapterInfo, GroupInfo, TargetHealth } from '@hms-sync/client'
import { localTime } from './times.js'

/** An adapter with how the system behind it does, and what waits for it. */
export interface AdapterState extends AdapterInfo {
  readonly health: TargetHealth | null
  readonly waiting: number
  readonly parked: number
  readonly deadLetters: number
}

/** Joins an adapter with its group; none: it has received nothing yet. */
export function adapterState(adapter: AdapterInfo, group: GroupInfo | undefined): AdapterState {
  return {
    ...adapter,
    health: group?.health ?? null,
    waiting: total(group, 'lag'),
    parked: total(group, 'parked'),
    deadLetters: group?.deadLetters ?? 0,
  }
}

/** In a word: what is wrong, first with the adapter, then with the system behind it. */
export function stateWord({ state, health }: AdapterState): string {
  if (state !== 'running' || health === null || health.state === 'healthy') return state
  return health.state
}

/** The same with the reason: `failing since 2026-11-21 10:00:00: connection refused`. */
export function stateText(state: AdapterState): string {
  const { reason, health } = state
  if (state.state !== 'running') return `${state.state}${reason === undefined ? '' : `: ${reason.replace(/\s+/g, ' ')}`}`
  return health === null || health.state === 'healthy' ? 'running' : `${health.state} ${healthReason(health)}`
}

/** Why the adapter of a group does not take part in it; null: it runs, or the group is none of an adapter. */
export function adapterFault(group: string, adapters: readonly AdapterInfo[]): string | null {
  const adapter = adapters.find(({ name }) => name === group)
  if (adapter === undefined || adapter.state === 'running') return null
  const { state, reason } = adapter
  return `its adapter ${state === 'failed' ? 'failed' : 'is stopped'}${reason === undefined ? '' : `: ${reason.replace(/\s+/g, ' ').replace(/\.$/, '')}`}`
}

/** Why a system gets nothing or little, since when, and when it is tried next. */
export function healthReason({ state, since, reason, nextProbe }: TargetHealth): string {
  if (state === 'healthy') return ''
  const next = nextProbe === null ? '' : `; tried next at ${localTime(nextProbe)}`
  return `since ${localTime(since)}${reason === null ? '' : `: ${reason.replace(/\.$/, '')}`}${next}`
}

function total(group: GroupInfo | undefined, name: 'lag' | 'parked'): number {
  return group?.topics.reduce((sum, topic) => sum + topic[name], 0) ?? 0
}
