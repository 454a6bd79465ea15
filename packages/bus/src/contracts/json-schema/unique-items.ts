/**
 * Index of the first item that equals an earlier one, and of that one; null when all differ. Linear in the size of the items, where ajv's own
 * keyword compares every pair of objects: 350,000 empty objects (1 MiB) would take it minutes.
 */
export function repeatedItem(items: readonly unknown[]): { readonly first: number; readonly again: number } | null {
  const seen = new Map<unknown, number>()
  for (const [again, item] of items.entries()) {
    // Scalars are told apart by themselves; what is written as text gets a mark, so that it differs from a string.
    const mark = typeof item === 'object' && item !== null ? `{${canonical(item)}` : typeof item === 'string' ? `"${item}` : item
    const first = seen.get(mark)
    if (first !== undefined) return { first, again }
    seen.set(mark, again)
  }
  return null
}

/** The JSON text with the names of every object in order. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
