import { type AdapterInfo, SyncError } from '@hms-sync/client'
import type { FastifyRequest } from 'fastify'
import { readAdapterTest } from './adapter-test.js'
import { listAdaptersDoc, pauseAdapterDoc, reloadAdapterDoc, resumeAdapterDoc, showAdapterDoc, testAdapterDoc } from './adapters-doc.js'
import { bodyObject, onlyFields } from './body.js'
import { queryOf } from './query.js'
import type { Route, ServerParts } from './route.js'

/** Of the adapters there are, so many are named to who misspelt one. */
const maxNamed = 20

/** The adapters: whether they run, loading one anew, and holding back what goes to its system. */
export function adapterRoutes({ bus, adapters, limits }: ServerParts): readonly Route[] {
  /** The adapter that a request names, which takes no query and no body. */
  function named(request: FastifyRequest): Promise<AdapterInfo> {
    queryOf(request, [])
    onlyFields(bodyObject(request, limits.maxJsonDepth), [])
    return find(request)
  }

  async function find(request: FastifyRequest): Promise<AdapterInfo> {
    const { name } = request.params as { readonly name: string }
    const known = await adapters.list()
    const adapter = known.find((one) => one.name === name)
    if (adapter !== undefined) return adapter
    const names = known.slice(0, maxNamed).map((one) => one.name)
    const there = names.length === 0 ? 'There are none.' : `There are ${names.join(', ')}${known.length > maxNamed ? ' and more' : ''}.`
    throw new SyncError('not_found', `There is no adapter "${name.slice(0, 100)}". ${there}`)
  }

  return [
    {
      method: 'GET',
      url: '/v1/adapters',
      doc: listAdaptersDoc,
      async handle(request) {
        queryOf(request, [])
        return { items: await adapters.list() }
      },
    },
    { method: 'GET', url: '/v1/adapters/:name', doc: showAdapterDoc, handle: named },
    {
      method: 'POST',
      url: '/v1/adapters/:name/pause',
      doc: pauseAdapterDoc,
      handle: async (request) => bus.operations.pauseTarget((await named(request)).name),
    },
    {
      method: 'POST',
      url: '/v1/adapters/:name/resume',
      doc: resumeAdapterDoc,
      handle: async (request) => bus.operations.resumeTarget((await named(request)).name),
    },
    {
      method: 'POST',
      url: '/v1/adapters/:name/reload',
      doc: reloadAdapterDoc,
      async handle(request) {
        const { name } = await named(request)
        if (adapters.reload === undefined) throw new SyncError('not_supported_yet', 'This bus was started without a project folder.')
        return adapters.reload(name)
      },
    },
    {
      method: 'POST',
      url: '/v1/adapters/:name/test',
      doc: testAdapterDoc,
      async handle(request) {
        queryOf(request, [])
        const test = readAdapterTest(bodyObject(request, limits.maxJsonDepth + 3))
        const { name } = await find(request)
        if (adapters.test === undefined) throw new SyncError('not_supported_yet', 'This bus was started without a project folder.')
        return { items: await adapters.test(name, test) }
      },
    },
  ]
}
