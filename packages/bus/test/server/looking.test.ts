import { describe, expect, it } from 'vitest'
import { adapterInfo } from './adapter-info.js'
import { openServer, problemOf } from './open-server.js'

describe('topics and groups', () => {
  it('are listed and shown', async () => {
    const server = await openServer()
    const items = async (path: string) =>
      ((await (await server.fetch(path)).json()) as { items: { name: string }[] }).items.map(({ name }) => name)
    expect(await items('/v1/topics')).toEqual(['permits'])
    expect(await items('/v1/groups')).toEqual(['clinic'])
    expect(await (await server.fetch('/v1/topics/permits')).json()).toMatchObject({ name: 'permits', retention: '7d' })
    expect(await (await server.fetch('/v1/groups/clinic')).json()).toMatchObject({ name: 'clinic', topics: [{ lag: 3 }] })
    expect(await problemOf(await server.fetch('/v1/topics/nope'))).toMatchObject({ status: 404, code: 'unknown_topic' })
    expect(await problemOf(await server.fetch('/v1/groups/nope'))).toMatchObject({ status: 404, code: 'unknown_group' })
  })

  it('moves a group and ends one', async () => {
    const server = await openServer()
    expect(await (await server.post('/v1/groups/clinic/seek', { to: '10m' })).json()).toMatchObject({ name: 'clinic' })
    expect(await problemOf(await server.post('/v1/groups/clinic/seek', {}))).toMatchObject({ status: 400, errors: [{ pointer: '/to' }] })
    expect(await problemOf(await server.post('/v1/groups/clinic/seek', { to: 'never' }))).toMatchObject({ status: 400 })
    const gone = await server.fetch('/v1/groups/clinic?topic=permits', { method: 'DELETE' })
    expect([gone.status, await gone.text()]).toEqual([204, ''])
    expect(await problemOf(await server.fetch('/v1/groups/nope', { method: 'DELETE' }))).toMatchObject({ status: 404 })
  })
})

describe('applying topics.yaml', () => {
  it('reads the folder again and answers what changed', async () => {
    let read = 0
    const server = await openServer({ reload: async () => ++read as never })
    expect(await problemOf(await server.post('/v1/registry/apply', {}))).toMatchObject({ status: 409, code: 'change_refused' })
    expect(await (await server.post('/v1/registry/apply', { acceptLoss: ['permits'] })).json()).toEqual({
      items: [{ topic: 'permits', what: 'removed' }],
    })
    expect(read).toBe(2)
  })

  it('says so when there is no folder', async () => {
    const server = await openServer()
    expect(await problemOf(await server.post('/v1/registry/apply', {}))).toMatchObject({ status: 501, code: 'not_supported_yet' })
  })
})

describe('operation', () => {
  it('is alive, and ready while the bus is', async () => {
    const server = await openServer()
    expect((await server.fetch('/healthz')).status).toBe(200)
    expect(await (await server.fetch('/readyz')).json()).toEqual({ ready: true, durability: 'power' })
    server.bus.ready = { ready: false, reason: 'the disk is full' }
    const problem = await problemOf(await server.fetch('/readyz'))
    expect([problem.status, problem.detail.includes('the disk is full')]).toEqual([503, true])
    expect((await server.fetch('/healthz')).status).toBe(200)
  })

  it('lists adapters', async () => {
    const scheduling = adapterInfo({ name: 'scheduling', topics: ['permits'] })
    const server = await openServer({ adapters: { list: () => [scheduling] } })
    expect(await (await server.fetch('/v1/adapters')).json()).toEqual({ items: [scheduling] })
  })

  it('tells Prometheus of topics, groups, adapters, doors and the process', async () => {
    const server = await openServer({ adapters: { list: () => [adapterInfo({ name: 'scheduling', state: 'stopped' })] } })
    await server.post('/v1/topics/permits/events', 1)
    await server.fetch('/nowhere')
    const answer = await server.fetch('/metrics')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await answer.text()
    for (const line of [
      'hms_sync_ready 1',
      'hms_sync_topic_published_total{topic="permits"} 1',
      'hms_sync_topic_unrouted_total{topic="permits"} 2',
      'hms_sync_group_lag_events{group="clinic",topic="permits"} 3',
      'hms_sync_group_members{group="clinic"} 1',
      'hms_sync_group_parked_events{group="clinic",topic="permits"} 2',
      'hms_sync_group_open_dead_letters{group="clinic"} 0',
      'hms_sync_group_delivered_total{group="clinic",topic="permits"} 7',
      'hms_sync_group_failed_total{group="clinic",topic="permits"} 2',
      'hms_sync_group_retried_total{group="clinic",topic="permits"} 1',
      'hms_sync_group_dead_letters_total{group="clinic",topic="permits"} 1',
      'hms_sync_group_superseded_total{group="clinic",topic="permits"} 5',
      'hms_sync_group_filtered_total{group="clinic",topic="permits"} 4',
      'hms_sync_target_state{group="clinic",state="failing"} 1',
      'hms_sync_target_state{group="clinic",state="healthy"} 0',
      'hms_sync_group_attempt_duration_seconds_bucket{group="clinic",le="0.005"} 1',
      'hms_sync_group_attempt_duration_seconds_bucket{group="clinic",le="60"} 2',
      'hms_sync_group_attempt_duration_seconds_bucket{group="clinic",le="+Inf"} 3',
      'hms_sync_group_attempt_duration_seconds_sum{group="clinic"} 120.033',
      'hms_sync_group_attempt_duration_seconds_count{group="clinic"} 3',
      'hms_sync_notices_total{cause="dead_letter"} 2',
      'hms_sync_adapter_running{adapter="scheduling"} 0',
      'hms_sync_http_problems_total{code="not_found"} 1',
      'hms_sync_publish_duration_seconds_bucket{le="+Inf"} 1',
      'hms_sync_publish_duration_seconds_count 1',
      'hms_sync_slow_readers_total 0',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
    expect(text).toMatch(/^process_resident_memory_bytes \d/m)
    for (const line of text.split('\n')) expect(line).toMatch(/^(?:#.*|[a-z_\d]+(?:\{[^}]*\})? (?:[-+.\de]+|Nan))?$/)
  })
})
