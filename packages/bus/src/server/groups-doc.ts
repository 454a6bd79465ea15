import type { RouteDoc } from './route.js'
import { list, object, text } from './schema-pieces.js'
import { ref } from './schemas.js'

export const listGroupsDoc: RouteDoc = {
  id: 'listGroups',
  tag: 'groups',
  summary: 'Where every group stands',
  answers: {
    200: {
      description: 'Lag, oldest waiting, in flight, members.',
      content: { 'application/json': object({ items: list(ref('Group')) }) },
    },
  },
}

export const showGroupDoc: RouteDoc = {
  id: 'showGroup',
  tag: 'groups',
  summary: 'Where one group stands',
  answers: { 200: { description: 'The group.', content: { 'application/json': ref('Group') } } },
  problems: [404],
}

export const seekGroupDoc: RouteDoc = {
  id: 'seekGroup',
  tag: 'groups',
  summary: 'Move a group’s place',
  description: 'Back to have events again, forward to leave some out. Deliveries in flight end.',
  body: {
    'application/json': object(
      {
        to: { type: 'string', description: 'now, all, a span such as 10m, or an ISO time.' },
        topic: { type: 'string', description: 'Only this topic.' },
      },
      ['topic'],
      { additionalProperties: false },
    ),
  },
  answers: { 200: { description: 'The group as it stands now.', content: { 'application/json': ref('Group') } } },
  problems: [404, 415, 503],
}

export const deleteGroupDoc: RouteDoc = {
  id: 'deleteGroup',
  tag: 'groups',
  summary: 'End what a group is owed',
  description: 'Refused on a topic whose `consumers` name the group: take it out of topics.yaml and apply that first.',
  query: { topic: { description: 'Only on this topic.', schema: text } },
  answers: { 204: { description: 'Deleted.' } },
  problems: [404, 409, 503],
}
