import { SyncError } from '@hms-sync/client'
import type { PageOptions } from '../operations.js'
import type { ParameterDoc } from './route.js'
import { text } from './schema-pieces.js'

const maxItems = 1_000

/** Which page of a list a request asks for. @throws SyncError `invalid_request` for a limit that is none. */
export function pageOf({ limit, after }: { readonly limit?: string; readonly after?: string }): PageOptions {
  if (limit !== undefined && !(/^[1-9]\d{0,3}$/.test(limit) && Number(limit) <= maxItems))
    throw new SyncError('invalid_request', `The limit "${limit.slice(0, 40)}" must be a whole number from 1 to ${maxItems}.`)
  return { ...(limit === undefined ? {} : { limit: Number(limit) }), ...(after === undefined ? {} : { after }) }
}

export const pageParameters = {
  limit: {
    description: 'At most so many items.',
    schema: { type: 'integer', minimum: 1, maximum: maxItems, default: 100 },
  },
  after: { description: 'The `next` of the page before.', schema: text },
} satisfies Readonly<Record<string, ParameterDoc>>
