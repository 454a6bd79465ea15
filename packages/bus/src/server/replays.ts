import { bodyObject, onlyFields, wrongField } from './body.js'
import { groupField } from './dead-letter-filter.js'
import { stringField, stringsField } from './fields.js'
import { queryOf } from './query.js'
import { cancelReplayDoc, listReplaysDoc, startReplayDoc } from './replays-doc.js'
import type { Route, ServerParts } from './route.js'

/** Sending events to one group again, on purpose, beside its live progress. */
export function replayRoutes({ bus, limits }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/v1/replays',
      doc: listReplaysDoc,
      handle(request) {
        queryOf(request, [])
        return { items: bus.operations.replays() }
      },
    },
    {
      method: 'POST',
      url: '/v1/replays',
      doc: startReplayDoc,
      async handle(request, reply) {
        queryOf(request, [])
        const body = bodyObject(request, limits.maxJsonDepth)
        onlyFields(body, ['group', 'adapter', 'since', 'topics'])
        const group = groupField(body)
        if (group === undefined) throw wrongField('/adapter', 'must name the adapter (or group) to send to again')
        const since = stringField(body, 'since')
        if (since === undefined) throw wrongField('/since', 'must say from when on: a span such as 2h, an ISO time, or all')
        const topics = stringsField(body, 'topics', 1_000)
        if (topics?.length === 0) throw wrongField('/topics', 'must name at least one topic, or be left out')
        const replay = await bus.operations.replay(group, { since, ...(topics === undefined ? {} : { topics }) })
        return reply.code(201).send(replay)
      },
    },
    {
      method: 'DELETE',
      url: '/v1/replays/:id',
      doc: cancelReplayDoc,
      handle(request) {
        queryOf(request, [])
        return bus.operations.cancelReplay((request.params as { readonly id: string }).id)
      },
    },
  ]
}
