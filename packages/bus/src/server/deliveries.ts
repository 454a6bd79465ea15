import type { AttemptOutcome } from '@hms-sync/client'
import { groupField } from './dead-letter-filter.js'
import { listDeliveriesDoc, traceDoc } from './deliveries-doc.js'
import { attemptOutcomes } from './failure-schemas.js'
import { oneOfField, stringField } from './fields.js'
import { ofGroup } from './known-adapter.js'
import { pageOf } from './page-query.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'

/** Every try that is remembered, and what became of one event everywhere. */
export function deliveryRoutes({ bus, adapters }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/deliveries',
      doc: listDeliveriesDoc,
      handle(request) {
        const query = queryOf(request, ['group', 'adapter', 'topic', 'outcome', 'event', 'since', 'limit', 'after'])
        const fields = query as Readonly<Record<string, string>>
        const group = groupField(fields)
        const topic = stringField(fields, 'topic')
        const outcome: AttemptOutcome | undefined = oneOfField(fields, 'outcome', attemptOutcomes)
        const event = stringField(fields, 'event')
        const since = stringField(fields, 'since')
        const filter = {
          ...(group === undefined ? {} : { group }),
          ...(topic === undefined ? {} : { topic }),
          ...(outcome === undefined ? {} : { outcome }),
          ...(event === undefined ? {} : { event }),
          ...(since === undefined ? {} : { since }),
        }
        return ofGroup(adapters, group, () => bus.operations.deliveries(filter, pageOf(query)), { items: [] })
      },
    },
    {
      method: 'GET',
      url: '/v1/events/:id/trace',
      doc: traceDoc,
      async handle(request) {
        const { topic } = queryOf(request, ['topic'])
        const { id } = request.params as { readonly id: string }
        return { items: await bus.operations.trace(id, topic) }
      },
    },
  ]
}
