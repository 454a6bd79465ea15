import type { DeadLetterDetail, DeadLetterInfo, EventTrace, ReplayInfo, TargetHealth } from '@hms-sync/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FussySystem } from '../fussy-system.js'
import { eventually } from '../processes.js'
import { type Answer, type Document, expectAsDescribed } from './as-described.js'
import { openReal } from './open-real.js'
import { problemOf } from './open-server.js'

const events = '/v1/topics/permits/events'
const schema = JSON.stringify({ type: 'object', properties: { ok: { type: 'boolean' } } })

/** A bus with one adapter, to a system that refuses what is not `ok`, and one dead letter. */
async function openWithDeadLetter() {
  const system = await FussySystem.start()
  onTestFinished(() => system.close())
  const bus = await openReal({
    'topics.yaml': 'permits: { key: id, schema: v1 }\n',
    'schemas/permits.v1.json': schema,
    'adapters/clinic.yaml': `url: ${system.url}/clinic\ntopics: permits\n`,
  })
  const patch = (path: string, body: unknown) =>
    bus.fetch(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const letters = async (query = '') => (await bus.json<{ items: readonly DeadLetterInfo[] }>(bus.fetch(`/v1/dead-letters?${query}`))).items
  const inState = (state: string) => eventually(async () => (await letters(`state=${state}`))[0])
  await bus.post(events, { id: '7', ok: false }, { 'idempotency-key': 'p-7' })
  return { ...bus, system, patch, letters, inState, letter: await inState('open') }
}

describe('repairing through the real bus', () => {
  it('mends a payload within the schema, sends it again as the same event, once', async () => {
    const { patch, post, json, system, inState, letter } = await openWithDeadLetter()
    const path = `/v1/dead-letters/${letter.id}`
    expect(await problemOf(await patch(path, { payload: { id: '7', ok: 'yes' } }))).toMatchObject({
      status: 422,
      code: 'schema_violation',
      errors: [{ pointer: '/ok' }],
    })
    expect(await problemOf(await patch(path, { payload: { id: '8', ok: true } }))).toMatchObject({ status: 409, code: 'change_refused' })
    expect(await json<DeadLetterDetail>(patch(path, { payload: { id: '7', ok: true } }))).toMatchObject({ edited: true })
    expect(await json(post('/v1/dead-letters/redrive', { adapter: 'clinic' }))).toEqual({
      items: [{ id: letter.id, ok: true, state: 'redriving' }],
      ...{ taken: 1, remaining: 0, room: 9_999 },
    })
    await inState('done')
    const [refused, taken] = system.of('clinic')
    expect(taken).toEqual({ ...refused, payload: { id: '7', ok: true } })
    expect(await json(post('/v1/dead-letters/redrive', { ids: [letter.id] }))).toMatchObject({ items: [{ ok: false }] })
    expect(await json(post('/v1/dead-letters/skip', { all: true }))).toEqual({ items: [], taken: 0, remaining: 0 })
  })

  it('refuses to send again what newer state has overtaken', async () => {
    const { post, json, inState, letter } = await openWithDeadLetter()
    await post(events, { id: '7', ok: true })
    await inState('superseded')
    expect(await json(post('/v1/dead-letters/redrive', { ids: [letter.id] }))).toMatchObject({
      items: [{ id: letter.id, ok: false, reason: expect.stringContaining('newer') }],
    })
  })

  it('traces an event over its tries, and finds none that was never published', async () => {
    const { fetch, json, letter } = await openWithDeadLetter()
    const { items } = await json<{ items: readonly EventTrace[] }>(fetch('/v1/events/p-7/trace'))
    expect(items).toMatchObject([
      { topic: 'permits', groups: [{ group: 'clinic', outcome: 'dead_letter', deadLetter: letter.id, tries: [{ outcome: 'refused' }] }] },
    ])
    expect(await problemOf(await fetch('/v1/events/p-8/trace'))).toMatchObject({ status: 404 })
    expect(await problemOf(await fetch('/v1/events/p-7/trace?topic=permit'))).toMatchObject({ status: 404, code: 'unknown_topic' })
  })

  it('holds a system back until it is resumed', async () => {
    const { post, json, fetch, system } = await openWithDeadLetter()
    const act = (what: string) => json<TargetHealth>(fetch(`/v1/adapters/clinic/${what}`, { method: 'POST' }))
    expect(await act('pause')).toMatchObject({ state: 'paused' })
    await post(events, { id: '9', ok: true })
    expect(await json(fetch('/v1/groups/clinic'))).toMatchObject({ health: { state: 'paused' }, topics: [{ lag: 1 }], deadLetters: 1 })
    expect(system.of('clinic')).toHaveLength(1)
    await act('resume')
    await eventually(() => (system.of('clinic').length === 2 ? true : undefined))
    expect(await problemOf(await fetch('/v1/adapters/clinc/pause', { method: 'POST' }))).toMatchObject({ status: 404 })
  })

  it('refuses times that are none and marks that it never gave', async () => {
    const { fetch, post } = await openWithDeadLetter()
    for (const path of [
      '/v1/dead-letters?since=yesterday',
      '/v1/dead-letters?until=7x',
      '/v1/dead-letters?after=x',
      '/v1/deliveries?since=soon',
      '/v1/deliveries?after=x',
      '/v1/dead-letters/x',
    ]) {
      expect([path, (await fetch(path)).status]).toEqual([path, 400])
    }
    expect(await problemOf(await post('/v1/replays', { adapter: 'clinic', since: 'never' }))).toMatchObject({ status: 400 })
    expect(await problemOf(await post('/v1/replays', { adapter: 'clinc', since: '1h' }))).toMatchObject({
      status: 404,
      code: 'unknown_group',
    })
    expect(await problemOf(await post('/v1/replays', { adapter: 'clinic', since: '1h', topics: ['other'] }))).toMatchObject({ status: 404 })
  })

  it('answers as its OpenAPI document says', async () => {
    const { fetch, post, patch, json, system, letter } = await openWithDeadLetter()
    const document = await json<Document>(fetch('/openapi.json'))
    system.held.add('/clinic')
    await post(events, { id: '1', ok: true })
    const replayed = await post('/v1/replays', { adapter: 'clinic', since: 'all' })
    const { id: replay } = (await replayed.clone().json()) as ReplayInfo
    const { id } = letter
    const answers: Answer[] = [
      ['/v1/dead-letters', 'get', await fetch('/v1/dead-letters?limit=1')],
      ['/v1/dead-letters/{id}', 'get', await fetch(`/v1/dead-letters/${id}`)],
      ['/v1/dead-letters/{id}', 'get', await fetch('/v1/dead-letters/999')],
      ['/v1/dead-letters/{id}', 'patch', await patch(`/v1/dead-letters/${id}`, { payload: { id: '7', ok: true } })],
      ['/v1/dead-letters/{id}', 'patch', await patch(`/v1/dead-letters/${id}`, { payload: { id: '7', ok: 1 } })],
      ['/v1/dead-letters/redrive', 'post', await post('/v1/dead-letters/redrive', { ids: [id, '999'], dryRun: true })],
      ['/v1/dead-letters/skip', 'post', await post('/v1/dead-letters/skip', { ids: [id] })],
      ['/v1/deliveries', 'get', await fetch('/v1/deliveries?limit=1')],
      ['/v1/events/{id}/trace', 'get', await fetch('/v1/events/p-7/trace')],
      ['/v1/replays', 'post', replayed],
      ['/v1/replays', 'get', await fetch('/v1/replays')],
      ['/v1/replays/{id}', 'delete', await fetch(`/v1/replays/${replay}`, { method: 'DELETE' })],
      ['/v1/groups', 'get', await fetch('/v1/groups')],
      ['/v1/adapters', 'get', await fetch('/v1/adapters')],
      ['/v1/adapters/{name}', 'get', await fetch('/v1/adapters/clinic')],
      ['/v1/adapters/{name}/test', 'post', await post('/v1/adapters/clinic/test', { since: 'all' })],
      ['/v1/adapters/{name}/test', 'post', await post('/v1/adapters/clinic/test', { events: [{ payload: { id: 1 } }] })],
      ['/v1/adapters/{name}/pause', 'post', await fetch('/v1/adapters/clinic/pause', { method: 'POST' })],
      ['/v1/adapters/{name}/resume', 'post', await fetch('/v1/adapters/clinic/resume', { method: 'POST' })],
    ]
    system.release('/clinic')
    answers.push(['/v1/adapters/{name}/reload', 'post', await fetch('/v1/adapters/clinic/reload', { method: 'POST' })])
    await expectAsDescribed(document, answers)
  })
})
