import { SyncError, toProblem } from '@hms-sync/client'
import type { FastifyReply } from 'fastify'
import type { ReadBatch } from '../bus.js'
import { PacedWriter } from './paced-writer.js'
import type { Reading } from './reading.js'
import type { ServerParts } from './route.js'

/** One write to the socket holds at most about this much; a batch beyond it becomes several. */
const maxWriteChars = 256 * 1024

/**
 * Server-sent events: each with `id:` = the cursor behind it, which browsers give back as `Last-Event-ID`.
 * The first block carries an id alone, so that a reader cut off before its first event misses nothing.
 */
export function sendStream(parts: ServerParts, reply: FastifyReply, reading: Reading): Promise<void> {
  return send(parts, reply, reading, {
    type: 'text/event-stream',
    hello: 'retry: 1000\n\n',
    beat: ': still here\n\n',
    events: sseTexts,
    gap: (gap, next) => `event: gap\nid: ${next}\ndata: ${JSON.stringify(gap)}\n\n`,
    ended: (error) => `event: ended\ndata: ${JSON.stringify(toProblem(error))}\n\n`,
  })
}

/** An event a line, up to what is there now. A gap or a failure is a line of its own: `{"gap":…}`, `{"error":…}`. */
export function sendLines(parts: ServerParts, reply: FastifyReply, reading: Reading): Promise<void> {
  return send(parts, reply, reading, {
    type: 'application/x-ndjson',
    hello: '',
    events: lineTexts,
    gap: (gap) => `{"gap":${JSON.stringify(gap)}}\n`,
    ended: (error) => `{"error":${JSON.stringify(toProblem(error))}}\n`,
  })
}

type EventBatch = Extract<ReadBatch, { readonly events: unknown }>
type GapBatch = Extract<ReadBatch, { readonly gap: unknown }>

interface Form {
  readonly type: string
  readonly hello: string
  readonly beat?: string
  events(batch: EventBatch, atMost: number): Iterable<string>
  gap(gap: GapBatch['gap'], next: string): string
  ended(error: unknown): string
}

async function send(parts: ServerParts, reply: FastifyReply, reading: Reading, form: Form): Promise<void> {
  const { live, metrics, log, limits } = parts
  const response = reply.raw
  const writer = new PacedWriter(response, {
    stallTimeoutMs: limits.stallTimeoutMs,
    onStall: () => {
      metrics.slowReaders++
      log.warn(
        { topic: reading.topic, principal: reading.name, reason: 'slow_consumer' },
        'A reader took nothing for too long and was cut off',
      )
    },
  })
  const leave = live.add({
    end: (error) => {
      if (!writer.full && !response.writableEnded) response.end(form.ended(error))
      else response.destroy()
      reading.stop()
    },
    beat: () => {
      if (form.beat !== undefined && !writer.full && !response.writableEnded) response.write(form.beat)
    },
  })
  reply.hijack()
  metrics.streams++
  response.writeHead(200, {
    'content-type': `${form.type}; charset=utf-8`,
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  if (form.hello !== '') response.write(form.hello)
  else response.flushHeaders()
  try {
    await pump(writer, reading, form)
    if (!response.writableEnded) response.end()
  } catch (error) {
    if (!(error instanceof SyncError)) log.error({ err: error, topic: reading.topic }, 'A stream of events failed')
    if (!response.writableEnded) response.end(form.ended(error))
  } finally {
    metrics.streams--
    leave()
    reading.stop()
  }
}

async function pump(writer: PacedWriter, reading: Reading, form: Form): Promise<void> {
  let room = reading.limit ?? Number.POSITIVE_INFINITY
  for (let step = reading.first; step.done !== true && room > 0; step = await reading.batches.next()) {
    const batch = step.value
    if ('gap' in batch) {
      if (!(await writer.write(form.gap(batch.gap, batch.next)))) return
      continue
    }
    for (const text of form.events(batch, room)) {
      const open = writer.write(text)
      if (open !== true && !(await open)) return
    }
    room -= batch.events.length
  }
}

function* sseTexts(batch: EventBatch): Iterable<string> {
  if (batch.events.length === 0) yield `id: ${batch.next}\n\n`
  let text = ''
  for (let i = 0; i < batch.events.length; i++) {
    text += `id: ${batch.cursorAt(i)}\ndata: ${batch.events[i]!.wire}\n\n`
    if (text.length >= maxWriteChars) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}

function* lineTexts(batch: EventBatch, atMost: number): Iterable<string> {
  const count = Math.min(batch.events.length, atMost)
  let text = ''
  for (let i = 0; i < count; i++) {
    text += `${batch.events[i]!.wire}\n`
    if (text.length >= maxWriteChars) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}
