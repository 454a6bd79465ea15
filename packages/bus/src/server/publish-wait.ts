import { setMaxListeners } from 'node:events'
import { type GroupOutcome, type PublishResult, parseDuration, SyncError } from '@hms-sync/client'
import type { FastifyReply } from 'fastify'
import type { SyncBus } from '../bus.js'
import type { LiveDoors } from './live-doors.js'

const defaultWaitMs = 10_000
const maxWaitMs = 60_000

/** How long a publisher wants to wait for deliveries, from `?wait=delivered&timeout=5s`; null: not at all. @throws SyncError `invalid_request`. */
export function waitOf(query: Readonly<Record<string, unknown>>): number | null {
  let waits = false
  for (const name in query) {
    if (name !== 'wait' && name !== 'timeout')
      throw new SyncError('invalid_request', `The query parameter "${name.slice(0, 60)}" is not known here; there are wait and timeout.`)
    waits = true
  }
  if (!waits) return null
  if (query.wait !== 'delivered')
    throw new SyncError('invalid_request', 'wait takes one value, delivered; timeout goes with it: ?wait=delivered&timeout=5s.')
  return query.timeout === undefined ? defaultWaitMs : timeoutOf(query.timeout)
}

/**
 * What became of each stored event in every group, in the order of the results; null where nothing was stored. Never
 * fails for what is stored: who is not through when the time is up, the caller has hung up or the server closes is `pending`.
 */
export async function outcomesOf(
  { bus, live, reply }: { readonly bus: SyncBus; readonly live: LiveDoors; readonly reply: FastifyReply },
  topic: string,
  results: readonly PublishResult[],
  waitMs: number,
): Promise<readonly (readonly GroupOutcome[] | null)[]> {
  const over = new AbortController()
  setMaxListeners(0, over.signal)
  reply.raw.once('close', () => over.abort())
  if (live.closing !== null) over.abort()
  const leave = live.closing === null ? live.add({ end: () => over.abort() }) : () => {}
  try {
    return await Promise.all(
      results.map(async (result) => ('error' in result ? null : bus.operations.outcomes(topic, result.position, waitMs, over.signal))),
    )
  } finally {
    leave()
  }
}

function timeoutOf(text: unknown): number {
  try {
    const ms = parseDuration(String(text))
    if (ms <= maxWaitMs) return ms
  } catch {
    // The message below names every form.
  }
  throw new SyncError('invalid_request', `The timeout "${String(text).slice(0, 40)}" is not one: write 500ms to 60s.`)
}
