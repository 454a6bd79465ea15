import { errorCodes, type GroupOutcome, type Problem, type PublishResult, SyncError } from '@hms-sync/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseJsonBounded } from '../json.js'
import { type Incoming, withText } from '../publish/incoming.js'
import { rawPayload } from '../raw-payloads.js'
import type { Principal } from '../security/principal.js'
import { bodyText, mediaTypeOf, mediaTypes } from './body.js'
import { isBinaryCloudEvent, readBinaryCloudEvent, readCloudEvent, readCloudEvents } from './cloudevents.js'
import { readBatch, readEnvelope, readLines } from './envelopes.js'
import { principalOf } from './principal.js'
import { problemType, unsupportedType } from './problem.js'
import { publishDoc } from './publish-doc.js'
import { outcomesOf, waitOf } from './publish-wait.js'
import type { Route, ServerParts } from './route.js'

/** `POST /v1/topics/{topic}/events`: the way in. Answers when the events are durable. */
export function publishRoutes({ bus, limits, live, metrics }: ServerParts): readonly Route[] {
  const { maxJsonDepth, maxBatchEvents } = limits

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const started = performance.now()
    const waitMs = waitOf(request.query as Readonly<Record<string, unknown>>)
    const { topic } = request.params as { readonly topic: string }
    const principal = principalOf(request.headers)
    const type = mediaTypeOf(request)
    if (type === mediaTypes.batch || type === mediaTypes.ndjson || type === mediaTypes.cloudEvents) {
      const { problems, published } = startBatch(request, type, { principal, topic })
      const results = await published
      metrics.publishTook(performance.now() - started)
      const outcomes = waitMs === null ? [] : await outcomesOf({ bus, live, reply }, topic, results, waitMs)
      return reply.header('content-type', 'application/json; charset=utf-8').send(batchAnswer(problems, results, outcomes))
    }
    const [result] = await startOne(request, type, { principal, topic })
    metrics.publishTook(performance.now() - started)
    if (waitMs === null) return answerOne(reply, result!, null)
    const [outcomes] = await outcomesOf({ bus, live, reply }, topic, [result!], waitMs)
    return answerOne(reply, result!, outcomes!)
  }

  // These two end before the wait for the disk begins. What a function that waits holds stays in memory as long, and is
  // copied by each collection: bodies and payloads of all events under way were a third of the processor time.
  function startOne(request: FastifyRequest, type: string, to: Target): Promise<readonly PublishResult[]> {
    return bus.publish(to.principal, to.topic, [readOne(request, type, takeText(request))])
  }

  function startBatch(request: FastifyRequest, type: string, to: Target): Batch {
    const read = type === mediaTypes.batch ? readBatch : type === mediaTypes.ndjson ? readLines : readCloudEvents
    const outcomes = read(takeText(request), { maxDepth: maxJsonDepth, maxEvents: maxBatchEvents })
    const problems = outcomes.map((outcome) => ('error' in outcome ? outcome.error : null))
    const good = outcomes.filter((outcome): outcome is Incoming => !('error' in outcome))
    return { problems, published: bus.publish(to.principal, to.topic, good) }
  }

  function readOne(request: FastifyRequest, type: string, text: string): Incoming {
    if (type === mediaTypes.json) {
      if (isBinaryCloudEvent(request.headers)) return readBinaryCloudEvent(request.headers, text, maxJsonDepth)
      return fromHeaders(request, text, maxJsonDepth)
    }
    if (type === mediaTypes.event)
      return mergeHeaders(withText(readEnvelope(parseJsonBounded(text, maxJsonDepth + 1), ''), rawPayload(text)), request)
    if (type === mediaTypes.cloudEvent) return readCloudEvent(parseJsonBounded(text, maxJsonDepth + 1), '')
    throw unsupportedType(request.headers['content-type'])
  }

  return [{ method: 'POST', url: '/v1/topics/:topic/events', doc: publishDoc, handle }]
}

interface Target {
  readonly principal: Principal
  readonly topic: string
}

interface Batch {
  /** For each event: why the door refused it, or null. */
  readonly problems: readonly (Problem | null)[]
  /** What became of the others. */
  readonly published: Promise<readonly PublishResult[]>
}

/** The text of the body, which the request then lets go of. */
function takeText(request: FastifyRequest): string {
  const text = bodyText(request)
  request.body = null
  return text
}

/** The body is the payload, the headers are the rest. The received text is kept: nothing is written a second time. */
function fromHeaders(request: FastifyRequest, text: string, maxDepth: number): Incoming {
  const payload = parseJsonBounded(text, maxDepth)
  const named = headerFields(request)
  return hasLineBreak(text) ? { ...named, payload } : { ...named, payload, text }
}

type HeaderFields = { -readonly [Name in 'id' | 'key' | 'version' | 'time' | 'type' | 'traceparent']?: Incoming[Name] }

function headerFields({ headers }: FastifyRequest): Omit<Incoming, 'payload'> {
  const fields: HeaderFields = {}
  const id = headers['idempotency-key']
  if (id !== undefined) fields.id = headerText(id)
  const key = headers['event-key']
  if (key !== undefined) fields.key = headerText(key)
  const version = headers['event-version']
  if (version !== undefined) fields.version = headerVersion(String(version))
  const time = headers['event-time']
  if (time !== undefined) fields.time = String(time)
  const type = headers['event-type']
  if (type !== undefined) fields.type = headerText(type)
  const traceparent = headers.traceparent
  // A malformed one is dropped, as W3C Trace Context asks: tracing must not decide about business.
  if (traceparent !== undefined && isTraceparent(String(traceparent))) fields.traceparent = String(traceparent)
  return fields
}

/** What stands in both places must agree: a proxy or a retry layer may add the header. */
function mergeHeaders(envelope: Incoming, request: FastifyRequest): Incoming {
  const named = headerFields(request)
  for (const field of ['id', 'key', 'version', 'time', 'type'] as const) {
    if (named[field] !== undefined && envelope[field] !== undefined && named[field] !== envelope[field]) {
      const message = `differs from the header that says "${String(named[field]).slice(0, 60)}"`
      throw new SyncError('invalid_event', `The event’s ${field} ${message}. Name it in one place.`, {
        faults: [{ pointer: `/${field}`, message }],
      })
    }
  }
  return { ...named, ...envelope }
}

/** Node reads header bytes as latin1, while clients send UTF-8. */
function headerText(value: string | readonly string[]): string {
  return Buffer.from(String(value), 'latin1').toString('utf8')
}

function headerVersion(text: string): number {
  if (/^v?[1-9]\d{0,5}$/.test(text)) return Number(text.replace('v', ''))
  throw new SyncError('invalid_event', `The Event-Version "${text.slice(0, 40)}" is not a version. Write a whole number, such as 1.`)
}

function isTraceparent(text: string): boolean {
  return /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(text)
}

function hasLineBreak(text: string): boolean {
  return text.includes('\n') || text.includes('\r')
}

type Outcomes = readonly GroupOutcome[] | null

function answerOne(reply: FastifyReply, result: PublishResult, outcomes: Outcomes): FastifyReply {
  if ('error' in result) return reply.code(result.status).header('content-type', problemType).send(JSON.stringify(result.error))
  return reply.code(result.status).header('content-type', 'application/json; charset=utf-8').send(successText(result, outcomes))
}

function successText({ id, position, duplicate }: Extract<PublishResult, { id: string }>, outcomes: Outcomes): string {
  const delivered = outcomes === null ? '' : `,"outcomes":${JSON.stringify(outcomes)}`
  return `{"id":${JSON.stringify(id)},"position":"${position}","duplicate":${duplicate}${delivered}}`
}

/** One result an event, in order: what the door refused (its problem) stands among what the bus answered (null). */
function batchAnswer(problems: readonly (Problem | null)[], results: readonly PublishResult[], outcomes: readonly Outcomes[]): string {
  let next = 0
  const texts = problems.map((problem) => {
    if (problem !== null) return JSON.stringify({ status: errorCodes[problem.code].status, error: problem })
    const at = next++
    const result = results[at]!
    if ('error' in result) return JSON.stringify(result)
    return `{"status":${result.status},${successText(result, outcomes[at] ?? null).slice(1)}`
  })
  return `{"results":[${texts.join(',')}]}`
}
