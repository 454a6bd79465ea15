import { type DeadLetterFilter, type DeadLetterState, type ErrorClass, errorClasses, type Json } from '@hms-sync/client'
import { wrongField } from './body.js'
import { oneOfField, stringField, stringsField } from './fields.js'

type Fields = Readonly<Record<string, Json>>

export const deadLetterStates = ['open', 'redriving', 'done', 'superseded', 'skipped'] as const satisfies readonly DeadLetterState[]

/** What a filter may say in a query; a body may also name `ids`. `adapter` is another word for `group`. */
export const filterFields = ['group', 'adapter', 'topic', 'errorClass', 'state', 'since', 'until'] as const

/** Which dead letters a query or a body means. Times are read by the bus. @throws SyncError `invalid_request` naming the field. */
export function filterOf(fields: Fields): DeadLetterFilter {
  const ids = idsOf(fields)
  const group = groupField(fields)
  const topic = stringField(fields, 'topic')
  const errorClass: ErrorClass | undefined = oneOfField(fields, 'errorClass', errorClasses)
  const state: DeadLetterState | undefined = oneOfField(fields, 'state', deadLetterStates)
  const since = stringField(fields, 'since')
  const until = stringField(fields, 'until')
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(group === undefined ? {} : { group }),
    ...(topic === undefined ? {} : { topic }),
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(state === undefined ? {} : { state }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

/** Whether the filter leaves some dead letters out; those that can be sent again or let go are open anyway. */
export function narrows({ state: _, ...rest }: DeadLetterFilter): boolean {
  return Object.keys(rest).length > 0
}

/** The group, by either of its two names. */
export function groupField(fields: Fields): string | undefined {
  const group = stringField(fields, 'group')
  const adapter = stringField(fields, 'adapter')
  if (group !== undefined && adapter !== undefined && group !== adapter)
    throw wrongField('/adapter', 'is another word for group, and the two differ; give one')
  return group ?? adapter
}

function idsOf(fields: Fields): readonly string[] | undefined {
  const ids = stringsField(fields, 'ids', 1_000)
  if (ids === undefined) return undefined
  if (ids.length === 0) throw wrongField('/ids', 'must name at least one dead letter, or be left out')
  const wrong = ids.findIndex((id) => !/^[1-9]\d{0,14}$/.test(id))
  if (wrong >= 0) throw wrongField(`/ids/${wrong}`, 'is no id of a dead letter: those are numbers as text, such as "12"')
  return ids
}
