import { SyncError } from '@hms-sync/client'
import { busFamilies } from './bus-metrics.js'
import { healthDoc, metricsDoc, readyDoc } from './operation-doc.js'
import type { Route, ServerParts } from './route.js'

/** What an operator and a supervisor ask: is it alive, is it ready, what does it do. */
export function operationRoutes({ bus, adapters, live, metrics }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/healthz',
      doc: healthDoc,
      handle: (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send('{"alive":true}'),
    },
    {
      method: 'GET',
      url: '/readyz',
      doc: readyDoc,
      async handle() {
        if (live.closing !== null) throw live.closing
        const { ready, reason } = bus.health()
        if (!ready) throw new SyncError('overloaded', `The bus is not ready: ${reason ?? 'it does not say why'}.`)
        return { ready: true, durability: bus.durability }
      },
    },
    {
      method: 'GET',
      url: '/metrics',
      doc: metricsDoc,
      async handle(_request, reply) {
        return reply.header('content-type', metrics.contentType).send(await metrics.render(await busFamilies(bus, adapters)))
      },
    },
  ]
}
