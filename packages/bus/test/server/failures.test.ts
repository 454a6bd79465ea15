import { SyncError } from '@hms-sync/client'
import { describe, expect, it } from 'vitest'
import { adapterInfo } from './adapter-info.js'
import { type OpenedServer, openServer, problemOf } from './open-server.js'
import { deadLetter } from './small-operations.js'

async function openWithLetters(...ids: readonly string[]): Promise<OpenedServer> {
  const server = await openServer()
  for (const id of ids) server.bus.operations.letters.set(id, deadLetter(id))
  return server
}
const jsonOf = async (answer: Response | Promise<Response>) => (await (await answer).json()) as { readonly [name: string]: unknown }
const patch = (server: OpenedServer, path: string, body: unknown) =>
  server.fetch(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe('dead letters', () => {
  it('are listed in pages, by what the query says, adapter being another word for group', async () => {
    const server = await openWithLetters('1', '2', '3')
    const first = await jsonOf(server.fetch('/v1/dead-letters?adapter=clinic&errorClass=refused&state=open&since=2h&until=1m&limit=2'))
    expect(first).toMatchObject({ items: [{ id: '3' }, { id: '2' }], next: '2' })
    expect(server.bus.operations.asked).toEqual([
      {
        filter: { group: 'clinic', errorClass: 'refused', state: 'open', since: '2h', until: '1m' },
        page: { limit: 2 },
      },
    ])
    expect(await jsonOf(server.fetch('/v1/dead-letters?limit=2&after=2'))).toMatchObject({ items: [{ id: '1' }] })
  })

  it.each([
    'state=opened',
    'errorClass=bad',
    'limit=0',
    'limit=1001',
    'limit=x',
    'colour=red',
    'topic=a&topic=b',
    'group=a&adapter=b',
    `topic=${'x'.repeat(2_000)}`,
  ])('refuses %s', async (query) => {
    expect(await problemOf(await (await openServer()).fetch(`/v1/dead-letters?${query}`))).toMatchObject({
      status: 400,
      code: 'invalid_request',
    })
  })

  it('names the values that would do', async () => {
    const problem = await problemOf(await (await openServer()).fetch('/v1/dead-letters?state=opened'))
    expect(problem.detail).toContain('open, redriving, done, superseded, skipped')
  })

  it('are shown, mended and refused when they are not open any more', async () => {
    const server = await openWithLetters('1')
    expect(await jsonOf(server.fetch('/v1/dead-letters/1'))).toMatchObject({ id: '1', content: { payload: { permitId: 7 } }, tries: [{}] })
    expect(await problemOf(await server.fetch('/v1/dead-letters/9'))).toMatchObject({ status: 404, code: 'not_found' })
    expect(await jsonOf(patch(server, '/v1/dead-letters/1', { payload: { permitId: 8 } }))).toMatchObject({
      edited: true,
      content: { payload: { permitId: 8 } },
    })
    expect(await problemOf(await patch(server, '/v1/dead-letters/1', {}))).toMatchObject({ status: 400, errors: [{ pointer: '/payload' }] })
    expect(await problemOf(await patch(server, '/v1/dead-letters/1', { payload: 1, state: 'done' }))).toMatchObject({ status: 400 })
    await server.post('/v1/dead-letters/skip', { ids: ['1'] })
    expect(await problemOf(await patch(server, '/v1/dead-letters/1', { payload: 1 }))).toMatchObject({ status: 409 })
  })

  it('take null as a payload: any JSON will do', async () => {
    const server = await openWithLetters('1')
    expect(await jsonOf(patch(server, '/v1/dead-letters/1', { payload: null }))).toMatchObject({ content: { payload: null } })
  })

  it('are sent again and let go, and each says what became of it', async () => {
    const server = await openWithLetters('1', '2', '3')
    expect(await jsonOf(server.post('/v1/dead-letters/redrive', { ids: ['1', '9'] }))).toEqual({
      items: [
        { id: '1', ok: true, state: 'redriving' },
        { id: '9', ok: false, reason: 'There is no such dead letter.' },
      ],
      taken: 1,
      remaining: 0,
      room: 9_999,
    })
    expect(await jsonOf(server.post('/v1/dead-letters/skip', { adapter: 'clinic', dryRun: true }))).toMatchObject({
      items: [{ id: '2' }, { id: '3' }],
    })
    expect(server.bus.operations.letters.get('2')?.state).toBe('open')
  })

  it('are never changed by a filter that was left empty', async () => {
    const server = await openWithLetters('1')
    for (const body of [{}, { state: 'open' }, { dryRun: true }, { all: false }]) {
      for (const what of ['redrive', 'skip']) {
        const problem = await problemOf(await server.post(`/v1/dead-letters/${what}`, body))
        expect([problem.status, problem.detail.includes('"all": true')]).toEqual([400, true])
      }
    }
    expect(server.bus.operations.asked).toEqual([])
    expect(await jsonOf(server.post('/v1/dead-letters/skip', { all: true }))).toMatchObject({ items: [{ id: '1', ok: true }] })
  })

  it.each([
    { ids: [] },
    { ids: ['x'] },
    { ids: [1] },
    { ids: Array.from({ length: 1_001 }, (_, n) => String(n + 1)) },
    { all: 'yes' },
    { topic: 7 },
    { topics: ['a'] },
    { ids: ['1'], dryRun: 1 },
  ])('refuses the body %j', async (body) => {
    const server = await openWithLetters('1')
    expect(await problemOf(await server.post('/v1/dead-letters/redrive', body))).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(server.bus.operations.asked).toEqual([])
  })
})

describe('a group that is not there', () => {
  it('is refused, but not an adapter that has not taken part yet', async () => {
    const server = await openServer({ adapters: { list: () => [adapterInfo({ name: 'broken', state: 'failed' })] } })
    const refuse = async () => {
      throw new SyncError('unknown_group', 'There is no such group.')
    }
    Object.assign(server.bus.operations, { deadLetters: refuse, deliveries: refuse })
    for (const path of ['/v1/dead-letters', '/v1/deliveries']) {
      expect(await problemOf(await server.fetch(`${path}?adapter=brokn`))).toMatchObject({ status: 404, code: 'unknown_group' })
      expect(await jsonOf(server.fetch(`${path}?adapter=broken`))).toEqual({ items: [] })
    }
  })
})

describe('tries', () => {
  it('are listed by what the query says', async () => {
    const server = await openServer()
    const answer = await jsonOf(server.fetch('/v1/deliveries?group=clinic&topic=permits&outcome=retry&event=e0&since=10m&limit=5&after=x'))
    expect(answer).toMatchObject({ items: [{ attempt: 1 }, { attempt: 2 }] })
    expect(server.bus.operations.asked).toEqual([
      {
        query: { group: 'clinic', topic: 'permits', outcome: 'retry', event: 'e0', since: '10m' },
        page: { limit: 5, after: 'x' },
      },
    ])
    expect(await problemOf(await server.fetch('/v1/deliveries?outcome=fine'))).toMatchObject({
      status: 400,
      errors: [{ pointer: '/outcome' }],
    })
  })

  it('are traced for one event, whatever its id looks like', async () => {
    const server = await openServer()
    expect(await jsonOf(server.fetch('/v1/events/e0/trace?topic=permits'))).toMatchObject({
      items: [{ groups: [{ group: 'clinic' }, {}] }],
    })
    expect((await server.fetch(`/v1/events/${encodeURIComponent('a/b?c')}/trace`)).status).toBe(404)
    expect(server.bus.operations.asked).toEqual([
      { id: 'e0', topic: 'permits' },
      { id: 'a/b?c', topic: undefined },
    ])
  })
})

describe('replays', () => {
  it('are started, listed and ended early', async () => {
    const server = await openServer()
    const started = await server.post('/v1/replays', { adapter: 'clinic', since: '2h', topics: ['permits'] })
    expect([started.status, await started.json()]).toMatchObject([201, { id: '1', group: 'clinic', state: 'running' }])
    expect(await jsonOf(server.fetch('/v1/replays'))).toMatchObject({ items: [{ id: '1' }] })
    expect(await jsonOf(server.fetch('/v1/replays/1', { method: 'DELETE' }))).toMatchObject({ state: 'cancelled' })
    expect(await problemOf(await server.fetch('/v1/replays/9', { method: 'DELETE' }))).toMatchObject({ status: 404 })
  })

  it.each([{}, { since: '2h' }, { adapter: 'clinic' }, { adapter: 'clinic', since: '2h', topics: [] }, { adapter: 'clinic', since: 7 }])(
    'refuses the body %j',
    async (body) => {
      expect(await problemOf(await (await openServer()).post('/v1/replays', body))).toMatchObject({ status: 400 })
    },
  )
})

describe('adapters', () => {
  const adapters = { list: () => [adapterInfo({ name: 'clinic' })] }

  it('are shown, held back and let go again', async () => {
    const server = await openServer({ adapters })
    expect(await jsonOf(server.fetch('/v1/adapters/clinic'))).toMatchObject({ name: 'clinic' })
    expect(await jsonOf(server.fetch('/v1/adapters/clinic/pause', { method: 'POST' }))).toMatchObject({ state: 'paused' })
    expect(await jsonOf(server.fetch('/v1/adapters/clinic/resume', { method: 'POST' }))).toMatchObject({ state: 'healthy' })
    expect(server.bus.operations.asked).toEqual([{ pause: 'clinic' }, { resume: 'clinic' }])
  })

  it('are reloaded where there is a folder to load them from', async () => {
    const without = await openServer({ adapters })
    expect(await problemOf(await without.fetch('/v1/adapters/clinic/reload', { method: 'POST' }))).toMatchObject({ status: 501 })
    const reloaded: string[] = []
    const reload = async (name: string) => {
      reloaded.push(name)
      return adapterInfo({ name, restarts: 1 })
    }
    const server = await openServer({ adapters: { ...adapters, reload } })
    expect(await jsonOf(server.fetch('/v1/adapters/clinic/reload', { method: 'POST' }))).toMatchObject({ restarts: 1 })
    expect(reloaded).toEqual(['clinic'])
  })

  it('are named where one is misspelt', async () => {
    const server = await openServer({ adapters })
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/reload'],
    ] as const) {
      const problem = await problemOf(await server.fetch(`/v1/adapters/clinc${path}`, { method }))
      expect([problem.status, problem.detail.includes('There are clinic.')]).toEqual([404, true])
    }
    expect(server.bus.operations.asked).toEqual([])
  })
})
