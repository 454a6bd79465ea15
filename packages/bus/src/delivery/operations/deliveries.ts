import { type AttemptInfo, SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { DeliveriesQuery, Page, PageOptions } from '../../operations.js'
import type { Store } from '../../store/store.js'
import { readChunk } from '../history/attempt-log.js'
import { parseTime } from '../reading/place.js'
import { pageLimit } from './page-limit.js'

/** Tries looked at for one page at most, so that a rare kind does not read the whole history at once. */
const maxLookedAt = 50_000

/** Every try that is remembered, the newest first. A page may hold fewer than asked for, and `next` all the same. */
export async function listDeliveries(
  store: Store,
  clock: Clock,
  { group, topic, outcome, event, since }: DeliveriesQuery,
  page: PageOptions = {},
): Promise<Page<AttemptInfo>> {
  const limit = pageLimit(page)
  const sinceMs = since === undefined ? undefined : parseTime(since, clock)
  const start = page.after === undefined ? null : parseToken(page.after)
  const items: AttemptInfo[] = []
  let lookedAt = 0
  const chunks = store.attempts({
    ...(group === undefined ? {} : { group }),
    ...(topic === undefined ? {} : { topic }),
    ...(sinceMs === undefined ? {} : { since: sinceMs }),
    ...(start === null ? {} : { below: start.number + 1 }),
  })
  for await (const chunk of chunks) {
    const attempts = readChunk(chunk)
    const from = start?.number === chunk.number ? start.index : attempts.length
    for (let i = from - 1; i >= 0; i--) {
      const attempt = attempts[i]!
      if (outcome !== undefined && attempt.outcome !== outcome) continue
      if (event !== undefined && attempt.event !== event) continue
      if (sinceMs !== undefined && Date.parse(attempt.at) < sinceMs) continue
      items.push(attempt)
      if (items.length === limit) return { items, next: `${chunk.number}.${i}` }
    }
    lookedAt += attempts.length
    if (lookedAt >= maxLookedAt) return { items, next: `${chunk.number}.0` }
  }
  return { items }
}

function parseToken(text: string): { readonly number: number; readonly index: number } {
  const match = /^(\d{1,15})\.(\d{1,6})$/.exec(text)
  if (match === null)
    throw new SyncError('invalid_request', `"${text.slice(0, 40)}" is no place in this list; give back \`next\` as it was received.`)
  return { number: Number(match[1]), index: Number(match[2]) }
}
