import { describe, expect, it } from 'vitest'
import { silentLog } from '#dist/observe/log.js'
import { Metrics } from '#dist/observe/metrics.js'
import { LiveDoors } from '#dist/server/live-doors.js'
import { openApiPath } from '#dist/server/openapi.js'
import { PullDesks } from '#dist/server/pull-desks.js'
import { allRoutes } from '#dist/server/routes.js'
import { adapterInfo } from './adapter-info.js'
import { type Answer, type Document, expectAsDescribed } from './as-described.js'
import { limits, type OpenedServer, openServer } from './open-server.js'
import { SmallBus } from './small-bus.js'
import { deadLetter } from './small-operations.js'

const documentOf = async (server: OpenedServer) => (await (await server.fetch('/openapi.json')).json()) as Document

describe('openapi.json', () => {
  it('has every route of the server, and the server has every route of it', async () => {
    const server = await openServer()
    const bus = new SmallBus().bus
    const routes = allRoutes({
      bus,
      limits,
      log: silentLog,
      metrics: new Metrics(),
      adapters: { list: () => [] },
      live: new LiveDoors(),
      pulls: new PullDesks(bus),
    })
    const told = Object.entries((await documentOf(server)).paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    )
    expect(told.sort()).toEqual(routes.map(({ method, url }) => `${method.toLowerCase()} ${openApiPath(url)}`).sort())
    for (const [path, operations] of Object.entries((await documentOf(server)).paths)) {
      const known = await server.fetch(path.replace(/\{\w+\}/g, 'x'), { method: 'PUT' })
      expect([path, known.status, known.headers.get('allow')?.toLowerCase().split(', ').sort()]).toEqual([
        path,
        405,
        Object.keys(operations).sort(),
      ])
    }
  })

  it('names each operation once and every parameter of its path', async () => {
    const { paths } = await documentOf(await openServer())
    const ids = Object.values(paths).flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, operations] of Object.entries(paths)) {
      for (const { parameters = [] } of Object.values(operations)) {
        expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`)).toEqual(
          path.match(/\{\w+\}/g) ?? [],
        )
      }
    }
  })

  it('describes what the server really answers', async () => {
    const server = await openServer({
      adapters: { list: () => [adapterInfo({ name: 'a' })] },
      reload: async () => ({}) as never,
    })
    server.bus.operations.letters.set('1', deadLetter('1'))
    const document = await documentOf(server)
    const post = (path: string, body: unknown, type = 'application/json') => server.post(path, body, { 'content-type': type })
    const answers: Answer[] = [
      ['/v1/topics/{topic}/events', 'post', await post('/v1/topics/permits/events', 1)],
      [
        '/v1/topics/{topic}/events',
        'post',
        await post('/v1/topics/permits/events', { events: [{ payload: 1 }, {}] }, 'application/vnd.hms-sync.batch+json'),
      ],
      ['/v1/topics/{topic}/events', 'post', await post('/v1/topics/nope/events', 1)],
      ['/v1/groups/{group}/ack', 'post', await post('/v1/groups/clinic/ack', { tokens: ['t1'] })],
      ['/v1/groups/{group}/seek', 'post', await post('/v1/groups/clinic/seek', { to: 'now' })],
      ['/v1/registry/apply', 'post', await post('/v1/registry/apply', { acceptLoss: ['permits'] })],
    ]
    answers.push(
      ['/v1/replays', 'post', await post('/v1/replays', { adapter: 'clinic', since: '2h' })],
      ['/v1/replays', 'get', await server.fetch('/v1/replays')],
      ['/v1/replays/{id}', 'delete', await server.fetch('/v1/replays/1', { method: 'DELETE' })],
      ['/v1/dead-letters/redrive', 'post', await post('/v1/dead-letters/redrive', { ids: ['1', '9'] })],
      ['/v1/dead-letters/skip', 'post', await post('/v1/dead-letters/skip', {})],
      ['/v1/adapters/{name}/pause', 'post', await server.fetch('/v1/adapters/a/pause', { method: 'POST' })],
    )
    const looked = [
      ...['/v1/topics', '/v1/topics/{topic}', '/v1/groups', '/v1/groups/{group}', '/v1/adapters', '/v1/adapters/{name}'],
      ...['/v1/dead-letters', '/v1/dead-letters/{id}', '/v1/deliveries', '/v1/events/{id}/trace', '/healthz', '/readyz'],
    ]
    const named = { topic: 'permits', group: 'clinic', name: 'a' }
    for (const path of looked) {
      const names = { ...named, id: path.startsWith('/v1/events') ? 'e0' : '1' }
      answers.push([path, 'get', await server.fetch(path.replace(/\{(\w+)\}/, (_, name: keyof typeof names) => names[name]))])
    }
    await expectAsDescribed(document, answers)
  })
})
