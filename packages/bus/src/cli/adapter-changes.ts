import type { AdapterInfo } from '@hms-sync/client'

/** What became of an adapter when the bus read its folder again. */
export interface AdapterChange {
  readonly adapter: string
  readonly what: string
}

/** What differs between two lists of the bus's adapters, and what still fails; those that run on as they were are left out. */
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
  { name, state, reason = 'it does not say why', target, topics, restarts }: AdapterInfo,
): string | null {
  if (state === 'failed') {
    if (before?.state !== 'failed' || before.reason !== reason) return `failed: ${reason}`
    if (before.restarts !== restarts) return `still fails: ${reason}`
    return `failed before, and only \`hms-sync adapters reload ${name}\` tries it again: ${reason}`
  }
  const place = `${target ?? 'its system'}, with ${topics.length === 0 ? 'no topic' : topics.join(', ')}`
  if (before === undefined) return `new, to ${place}`
  if (before.state !== state || before.restarts !== restarts) return `loaded anew, to ${place}`
  return before.topics.join() === topics.join() ? null : `now ${place}`
}
