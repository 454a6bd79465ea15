import { expect, it } from 'vitest'
import { adapterInfo } from './adapter-info.js'
import { openServer, problemOf } from './open-server.js'

const path = '/v1/adapters/clinic/test'
const list = () => [adapterInfo({ name: 'clinic' })]

it('hands the adapter what is to be tried, and answers what it would send', async () => {
  const asked: unknown[] = []
  const test = async (name: string, request: unknown) => {
    asked.push({ name, request })
    return []
  }
  const server = await openServer({ adapters: { list, test } })
  const events = [{ topic: 'permits', id: 'e1', payload: { permitId: 7 } }, { payload: null }]
  expect(await (await server.post(path, { events })).json()).toEqual({ items: [] })
  expect((await server.post(path, { since: '24h' })).status).toBe(200)
  expect(asked).toEqual([
    { name: 'clinic', request: { events } },
    { name: 'clinic', request: { since: '24h' } },
  ])
  for (const body of [
    {},
    { events, since: '24h' },
    { events: [] },
    { events: 'x' },
    { events: [7] },
    { events: [{}] },
    { events: [{ payload: 1, source: 'me' }] },
    { events: [{ payload: 1, topic: 7 }] },
    { events: Array.from({ length: 101 }, () => ({ payload: 1 })) },
    { since: 24 },
    { sinse: '24h' },
  ]) {
    expect([body, (await server.post(path, body)).status]).toEqual([body, expect.toBeOneOf([400, 422])])
  }
  expect(asked).toHaveLength(2)
  expect(await problemOf(await server.post('/v1/adapters/clinc/test', { since: '24h' }))).toMatchObject({ status: 404 })
})

it('says so where there is no folder to load adapters from', async () => {
  const server = await openServer({ adapters: { list } })
  expect(await problemOf(await server.post(path, { since: '24h' }))).toMatchObject({ status: 501 })
})
