import type { AdapterInfo } from '@hms-sync/client'

/** What became of an adapter when the bus read its folder again. */
export interface AdapterChange {
  readonly adapter: string
  readonly what: string
}

/** What differs between two lists of the bus's adapters; those that were left alone are left out. */
export function adapterChanges(before: readonly AdapterInfo[], after: readonly AdapterInfo[]): readonly AdapterChange[] {
  const known = new Map(before.map((adapter) => [adapter.name, adapter]))
  const there = new Set(after.map(({ name }) => name))
  return [
    ...after.flatMap((adapter) => {
      const what = changeOf(known.get(adapter.name), adapter)
      return what === null ? [] : [{ adapter: adapter.name, what }]
    }),
    ...before.filter(({ name }) => !there.has(name)).map(({ name }) => ({ adapter: name, what: 'gone; what it is owed waits' })),
  ]
}

function changeOf(
  before: AdapterInfo | undefined,
  { state, reason = 'it does not say why', target, topics, restarts }: AdapterInfo,
): string | null {
  if (state === 'failed') return before?.state === 'failed' && before.reason === reason ? null : `failed: ${reason}`
  const place = `${target ?? 'its system'}, with ${topics.length === 0 ? 'no topic' : topics.join(', ')}`
  if (before === undefined) return `new, to ${place}`
  if (before.state !== state || before.restarts !== restarts) return `loaded anew, to ${place}`
  return before.topics.join() === topics.join() ? null : `now ${place}`
}
