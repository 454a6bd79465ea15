import { SyncError } from '@hms-sync/client'
import type { FastifyRequest } from 'fastify'

/** The query parameters that a route knows, each at most once. @throws SyncError `invalid_request` naming any other. */
export function queryOf<Name extends string>(request: FastifyRequest, names: readonly Name[]): { readonly [N in Name]?: string } {
  const query = request.query as Readonly<Record<string, string | readonly string[]>>
  for (const [name, value] of Object.entries(query)) {
    if (!(names as readonly string[]).includes(name)) {
      const known = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
      throw new SyncError('invalid_request', `The query parameter "${name.slice(0, 60)}" is not known here; ${known}.`)
    }
    if (typeof value !== 'string') throw new SyncError('invalid_request', `The query parameter "${name}" is given more than once.`)
  }
  return query as { readonly [N in Name]?: string }
}
