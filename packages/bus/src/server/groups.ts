import type { FastifyRequest } from 'fastify'
import { bodyObject, onlyFields, wrongField } from './body.js'
import { stringField } from './fields.js'
import { deleteGroupDoc, listGroupsDoc, seekGroupDoc, showGroupDoc } from './groups-doc.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'

/** Where every group stands, and moving or ending it. */
export function groupRoutes({ bus, limits }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/groups',
      doc: listGroupsDoc,
      async handle(request) {
        queryOf(request, [])
        return { items: await bus.groups() }
      },
    },
    {
      method: 'GET',
      url: '/v1/groups/:group',
      doc: showGroupDoc,
      async handle(request) {
        queryOf(request, [])
        return bus.group(groupOf(request))
      },
    },
    {
      method: 'POST',
      url: '/v1/groups/:group/seek',
      doc: seekGroupDoc,
      async handle(request) {
        queryOf(request, [])
        const body = bodyObject(request, limits.maxJsonDepth)
        onlyFields(body, ['to', 'topic'])
        const to = stringField(body, 'to')
        if (to === undefined) throw wrongField('/to', 'must say where to: now, all, a duration such as 10m, or an ISO time')
        return bus.seek(groupOf(request), to, stringField(body, 'topic'))
      },
    },
    {
      method: 'DELETE',
      url: '/v1/groups/:group',
      doc: deleteGroupDoc,
      async handle(request, reply) {
        const { topic } = queryOf(request, ['topic'])
        await bus.deleteGroup(groupOf(request), topic)
        return reply.code(204).send()
      },
    },
  ]
}

/** Any text: an unknown group is refused by the bus, which knows the nearest name. */
function groupOf(request: FastifyRequest): string {
  return (request.params as { readonly group: string }).group
}
