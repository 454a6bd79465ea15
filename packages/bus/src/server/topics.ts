import { SyncError } from '@hms-sync/client'
import { bodyObject, onlyFields } from './body.js'
import { stringsField } from './fields.js'
import { principalOf } from './principal.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'
import { applyTopicsDoc, listTopicsDoc, showTopicDoc } from './topics-doc.js'

/** The topics as applied, with their figures, and taking up a changed topics.yaml. */
export function topicRoutes({ bus, adapters, limits, reload }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/topics',
      doc: listTopicsDoc,
      async handle(request) {
        queryOf(request, [])
        return { items: await bus.topics(principalOf(request.headers)) }
      },
    },
    {
      method: 'GET',
      url: '/v1/topics/:topic',
      doc: showTopicDoc,
      async handle(request) {
        queryOf(request, [])
        return bus.topic(principalOf(request.headers), (request.params as { readonly topic: string }).topic)
      },
    },
    {
      method: 'POST',
      url: '/v1/registry/apply',
      doc: applyTopicsDoc,
      async handle(request) {
        queryOf(request, [])
        const body = bodyObject(request, limits.maxJsonDepth)
        onlyFields(body, ['acceptLoss'])
        const acceptLoss = stringsField(body, 'acceptLoss', 1_000) ?? []
        if (reload === undefined)
          throw new SyncError('not_supported_yet', 'This bus was started without a project folder; there is nothing to read again.')
        const project = await reload()
        const items = await bus.apply(project, acceptLoss)
        await adapters.apply?.(project)
        return { items }
      },
    },
  ]
}
