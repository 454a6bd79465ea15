import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Delivery } from '../delivery/receiver.js'
import { checkName } from '../security/principal.js'
import { bodyObject, onlyFields, wrongField } from './body.js'
import { durationField, integerField, stringField, stringsField } from './fields.js'
import { principalOf } from './principal.js'
import type { PullTerms } from './pull-desk.js'
import { pullDoc } from './pull-doc.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'

const maxDeliveries = 1_000
const defaultDeliveries = 100
const maxWaitMs = 60_000
/** `wait` of nothing still gives the bus time to look into the log. */
const leastWaitMs = 100

/** `POST /v1/groups/{group}/pull`: for callers without a connection of their own, such as curl, PHP and .NET. */
export function pullRoutes({ bus, limits, live, pulls }: ServerParts): readonly Route[] {
  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    queryOf(request, [])
    const body = bodyObject(request, limits.maxJsonDepth)
    onlyFields(body, ['topics', 'max', 'wait', 'from', 'ackTimeout', 'qos'])
    const group = checkName((request.params as { readonly group: string }).group, 'group')
    const max = integerField(body, 'max', { min: 1, max: maxDeliveries, absent: defaultDeliveries })
    const waitMs = Math.max(leastWaitMs, durationField(body, 'wait', { maxMs: maxWaitMs, max: '60s' }) ?? 0)

    const hungUp = new AbortController()
    reply.raw.once('close', () => hungUp.abort())
    const desk = await pulls.desk(principalOf(request.headers), await termsOf(group, body))
    const leave = live.add({ end: (error) => desk.close(error) })
    let answer: string
    try {
      const { deliveries, gaps } = await desk.pull(max, waitMs, hungUp.signal)
      // A response that is cut off says `finish` too; only the socket tells the difference.
      let sent = false
      reply.raw.once('finish', () => {
        sent = !request.raw.socket.destroyed
      })
      reply.raw.once('close', () => {
        if (!sent) desk.handBack(deliveries)
      })
      if (hungUp.signal.aborted) desk.handBack(deliveries)
      const gapText = gaps.length === 0 ? '' : `,"gaps":${JSON.stringify(gaps)}`
      answer = `{"deliveries":[${deliveries.map(deliveryText).join(',')}]${gapText}}`
    } finally {
      leave()
    }
    return reply.header('content-type', 'application/json; charset=utf-8').send(answer)
  }

  /** Without `topics` the group must exist and is pulled on all it has. */
  async function termsOf(group: string, body: Parameters<typeof stringField>[0]): Promise<PullTerms> {
    const topics = stringsField(body, 'topics', 1_000) ?? (await bus.group(group)).topics.map(({ topic }) => topic)
    if (topics.length === 0) throw wrongField('/topics', 'must name at least one topic')
    const from = stringField(body, 'from')
    const ackTimeoutMs = durationField(body, 'ackTimeout', { maxMs: 86_400_000, max: '24h' })
    const qos = stringField(body, 'qos')
    return {
      group,
      topics,
      ...(from === undefined ? {} : { from }),
      ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
      ...(qos === undefined ? {} : { qos }),
    }
  }

  return [{ method: 'POST', url: '/v1/groups/:group/pull', doc: pullDoc, handle }]
}

function deliveryText({ token, attempt, deadline, event }: Delivery): string {
  return `{"token":${JSON.stringify(token)},"attempt":${attempt},"deadline":"${new Date(deadline).toISOString()}","event":${event.wire}}`
}
