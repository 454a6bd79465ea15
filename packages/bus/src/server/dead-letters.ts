import { type DeadLetterChanges, type DeadLetterFilter, SyncError } from '@hms-sync/client'
import type { FastifyRequest } from 'fastify'
import { bodyObject, onlyFields, wrongField } from './body.js'
import { filterFields, filterOf, narrows } from './dead-letter-filter.js'
import { editDeadLetterDoc, listDeadLettersDoc, redriveDoc, showDeadLetterDoc, skipDoc } from './dead-letters-doc.js'
import { booleanField } from './fields.js'
import { ofGroup } from './known-adapter.js'
import { pageOf } from './page-query.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'

type Change = (filter: DeadLetterFilter, options: { readonly dryRun: boolean }) => Promise<DeadLetterChanges>

/** The deliveries that gave up: looking at them, mending one, sending them again, letting them go. */
export function deadLetterRoutes({ bus, adapters, limits }: ServerParts): readonly Route[] {
  /** Changes many at once. Leaving the filter empty by mistake must not touch all there are. */
  async function changeMany(request: FastifyRequest, change: Change): Promise<object> {
    queryOf(request, [])
    const body = bodyObject(request, limits.maxJsonDepth)
    onlyFields(body, ['ids', ...filterFields, 'dryRun', 'all'])
    const filter = filterOf(body)
    if (!narrows(filter) && !booleanField(body, 'all'))
      throw new SyncError(
        'invalid_request',
        'This would concern every open dead letter. Say which with ids, adapter, topic, errorClass, since or until, or say "all": true.',
      )
    return change(filter, { dryRun: booleanField(body, 'dryRun') })
  }

  return [
    {
      method: 'GET',
      url: '/v1/dead-letters',
      doc: listDeadLettersDoc,
      handle(request) {
        const query = queryOf(request, [...filterFields, 'limit', 'after'])
        const filter = filterOf(query)
        return ofGroup(adapters, filter.group, () => bus.operations.deadLetters(filter, pageOf(query)), { items: [] })
      },
    },
    {
      method: 'GET',
      url: '/v1/dead-letters/:id',
      doc: showDeadLetterDoc,
      handle(request) {
        queryOf(request, [])
        return bus.operations.deadLetter(idOf(request))
      },
    },
    {
      method: 'PATCH',
      url: '/v1/dead-letters/:id',
      doc: editDeadLetterDoc,
      handle(request) {
        queryOf(request, [])
        const body = bodyObject(request, limits.maxJsonDepth)
        onlyFields(body, ['payload'])
        if (body.payload === undefined) throw wrongField('/payload', 'must hold the payload to send instead; any JSON will do')
        return bus.operations.editDeadLetter(idOf(request), body.payload)
      },
    },
    {
      method: 'POST',
      url: '/v1/dead-letters/redrive',
      doc: redriveDoc,
      handle: (request) => changeMany(request, (filter, options) => bus.operations.redrive(filter, options)),
    },
    {
      method: 'POST',
      url: '/v1/dead-letters/skip',
      doc: skipDoc,
      handle: (request) => changeMany(request, (filter, options) => bus.operations.skipDeadLetters(filter, options)),
    },
  ]
}

/** Any text: what is no number is no dead letter either, and the bus says so. */
function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id
}
