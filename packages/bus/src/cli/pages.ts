import { askBus } from './bus-http.js'

const maxPageItems = 1_000

export interface ListPage<T> {
  readonly items: readonly T[]
  readonly next?: string
}

/** What a list is asked for; absent values are not asked. */
export type ListQuery = Readonly<Record<string, string | undefined>>

/** The first `count` items of a list that comes in pages, and where it goes on. */
export async function readPages<T>(flag: string | undefined, path: string, query: ListQuery, count: number): Promise<ListPage<T>> {
  const items: T[] = []
  let after = query.after
  do {
    const limit = String(Math.min(maxPageItems, count - items.length))
    const page = await askBus<ListPage<T>>(flag, `${path}?${queryText({ ...query, limit, after })}`)
    items.push(...page.items)
    after = page.next
  } while (after !== undefined && items.length < count)
  return { items, ...(after === undefined ? {} : { next: after }) }
}

export function queryText(query: ListQuery): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  return given.toString()
}
