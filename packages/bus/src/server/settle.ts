import { type Json, SyncError, type WireOutcome } from '@hms-sync/client'
import type { FastifyRequest } from 'fastify'
import { checkName } from '../security/principal.js'
import { bodyObject, onlyFields, wrongField } from './body.js'
import { durationField, stringField, stringsField } from './fields.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'
import { ackDoc, extendDoc, nackDoc } from './settle-doc.js'

const maxTokens = 1_000
const defaultExtensionMs = 30_000
const dayMs = 86_400_000

type Body = Readonly<Record<string, Json>>

/** `POST /v1/groups/{group}/ack`, `/nack`, `/extend`: how deliveries ended. Answers when that is durable. */
export function settleRoutes({ bus, limits, pulls }: ServerParts): readonly Route[] {
  async function settle(request: FastifyRequest, fields: readonly string[], outcomeOf: (body: Body) => WireOutcome): Promise<object> {
    queryOf(request, [])
    const body = bodyObject(request, limits.maxJsonDepth)
    onlyFields(body, ['tokens', ...fields])
    const group = checkName((request.params as { readonly group: string }).group, 'group')
    const tokens = stringsField(body, 'tokens', maxTokens)
    if (tokens === undefined || tokens.length === 0) throw wrongField('/tokens', 'must list the tokens of the deliveries')
    const outcome = outcomeOf(body)
    const results = await bus.settle(
      group,
      tokens.map((token) => ({ token, outcome })),
    )
    if (outcome.outcome === 'extend' && results.includes('ok')) await pulls.keep(group, bus.parts.clock.now() + outcome.byMs)
    return { results }
  }

  return [
    { method: 'POST', url: '/v1/groups/:group/ack', doc: ackDoc, handle: (request) => settle(request, [], () => ({ outcome: 'done' })) },
    { method: 'POST', url: '/v1/groups/:group/nack', doc: nackDoc, handle: (request) => settle(request, ['delay', 'reason'], nacked) },
    { method: 'POST', url: '/v1/groups/:group/extend', doc: extendDoc, handle: (request) => settle(request, ['delay'], extended) },
  ]
}

function nacked(body: Body): WireOutcome {
  const delayMs = durationField(body, 'delay', { maxMs: 30 * dayMs, max: '30d' }) ?? 0
  const reason = stringField(body, 'reason')
  return { outcome: 'retry', delayMs, ...(reason === undefined ? {} : { reason }) }
}

function extended(body: Body): WireOutcome {
  const byMs = durationField(body, 'delay', { maxMs: dayMs, max: '24h' }) ?? defaultExtensionMs
  if (byMs === 0) throw new SyncError('invalid_request', '/delay must be more than nothing; to hand a delivery back, nack it.')
  return { outcome: 'extend', byMs }
}
