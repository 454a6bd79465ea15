import { SyncError } from '@hms-sync/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendPage } from './event-page.js'
import { sendLines, sendStream } from './event-stream.js'
import { principalOf } from './principal.js'
import { queryOf } from './query.js'
import { readEventsDoc } from './read-events-doc.js'
import type { Reading } from './reading.js'
import type { Route, ServerParts } from './route.js'

export const maxPageEvents = 1_000
const defaultPageEvents = 100

/** `GET /v1/topics/{topic}/events`: a page, a stream that follows, or lines, as `Accept` asks. */
export function readEventsRoutes(parts: ServerParts): readonly Route[] {
  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const form = formOf(request.headers.accept)
    const query = queryOf(request, ['since', 'after', 'limit', 'key'])
    const limit = limitOf(query.limit, form)
    const { topic } = request.params as { readonly topic: string }
    const { name } = principalOf(request.headers)
    const abort = new AbortController()
    reply.raw.once('close', () => abort.abort())

    const lastEventId = form === 'stream' ? request.headers['last-event-id'] : undefined
    const after = lastEventId === undefined || lastEventId === '' ? query.after : String(lastEventId)
    const since = query.since ?? (form === 'stream' ? undefined : 'all')
    const batches = parts.bus
      .read(
        { name },
        {
          topic,
          untilNow: form !== 'stream',
          signal: abort.signal,
          ...(after === undefined ? (since === undefined ? {} : { since }) : { after }),
          ...(query.key === undefined ? {} : { key: query.key }),
        },
      )
      [Symbol.asyncIterator]()
    const first = await batches.next()
    const stop = () => {
      abort.abort()
      batches.return?.(undefined).catch(() => undefined)
    }
    const reading: Reading = { topic, name, batches, first, limit, stop }
    if (form === 'page') return sendPage(reply, reading, after)
    return form === 'stream' ? sendStream(parts, reply, reading) : sendLines(parts, reply, reading)
  }

  return [{ method: 'GET', url: '/v1/topics/:topic/events', doc: readEventsDoc, handle }]
}

/** The first form in `Accept` that we have; JSON when it names none. */
function formOf(accept: string | undefined): 'page' | 'stream' | 'lines' {
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const type = range.split(';', 1)[0]!.trim()
    if (type === 'text/event-stream') return 'stream'
    if (type === 'application/x-ndjson') return 'lines'
    if (type === 'application/json') return 'page'
  }
  return 'page'
}

function limitOf(text: string | undefined, form: 'page' | 'stream' | 'lines'): number | null {
  if (text === undefined) return form === 'page' ? defaultPageEvents : null
  if (form === 'stream')
    throw new SyncError('invalid_request', 'limit has no meaning for a stream that follows. Leave it out, or ask for application/json.')
  if (/^[1-9]\d{0,8}$/.test(text) && (form === 'lines' || Number(text) <= maxPageEvents)) return Number(text)
  throw new SyncError('invalid_request', `The limit "${text.slice(0, 40)}" must be a whole number from 1 to ${maxPageEvents}.`)
}
