import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openReal as openWith } from './open-real.js'
import { problemOf, sseBlocks } from './open-server.js'

const topicsYaml = 'permits: { key: permitId, consumers: [clinic] }\nplain: {}\n'
const events = '/v1/topics/permits/events'
const openReal = () => openWith({ 'topics.yaml': topicsYaml })

interface Page {
  readonly events: readonly { readonly id: string; readonly payload: unknown; readonly source: string; readonly key?: string }[]
  readonly next: string
}
interface Deliveries {
  readonly deliveries: readonly {
    readonly token: string
    readonly attempt: number
    readonly deadline: string
    readonly event: { readonly id: string }
  }[]
}

describe('events through the real bus', () => {
  it('keeps identity: a repeat is a duplicate, other content is refused, another source is another event', async () => {
    const { post, json } = await openReal()
    const id = { 'idempotency-key': 'p-7' }
    const first = await post(events, '{"permitId":7,"state":"open"}', id)
    const { position } = await json<{ position: string }>(first)
    const again = await post(events, '{ "state": "open",\n"permitId": 7 }', id)
    expect([first.status, again.status, await again.json()]).toEqual([201, 200, { id: 'p-7', position, duplicate: true }])
    expect(await problemOf(await post(events, { permitId: 7, state: 'shut' }, id))).toMatchObject({ status: 409, code: 'id_reused' })
    expect((await post(events, { permitId: 7, state: 'shut' }, { ...id, 'hms-sync-name': 'city' })).status).toBe(201)
  })

  it('is the same event whatever form it came in', async () => {
    const { post, fetch, json } = await openReal()
    const payload = { permitId: 7 }
    const forms: readonly (readonly [string, unknown])[] = [
      ['application/json', payload],
      ['application/vnd.hms-sync.event+json', { payload }],
      ['application/vnd.hms-sync.batch+json', { events: [{ payload }] }],
      ['application/x-ndjson', { payload }],
      ['application/cloudevents+json', { specversion: '1.0', id: 'ce', source: '/x', type: 'permits', data: payload }],
      ['application/cloudevents-batch+json', [{ specversion: '1.0', id: 'ce2', source: '/x', type: 'permits', data: payload }]],
    ]
    for (const [type, body] of forms) expect((await post(events, body, { 'content-type': type })).ok).toBe(true)
    const page = await json<Page>(fetch(`${events}?limit=10`))
    expect(page.events.map((event) => [event.payload, event.key, event.source])).toEqual(forms.map(() => [payload, '7', 'anonymous']))
  })

  it('refuses what the topic does not allow, and names the nearest topic', async () => {
    const { post } = await openReal()
    expect(await problemOf(await post(events, { state: 'open' }))).toMatchObject({
      status: 422,
      code: 'key_missing',
      errors: [{ pointer: '/permitId' }],
    })
    expect((await problemOf(await post('/v1/topics/permit/events', {}))).detail).toContain('permits')
  })

  it('pages through everything, once each, and goes on where it was', async () => {
    const { post, fetch, json } = await openReal()
    const lines = Array.from({ length: 250 }, (_, n) => JSON.stringify({ id: `e${n}`, payload: { n } })).join('\n')
    await post('/v1/topics/plain/events', lines, { 'content-type': 'application/x-ndjson' })
    const seen: string[] = []
    let next: string | undefined
    for (let more = true; more; ) {
      const page = await json<Page>(fetch(`/v1/topics/plain/events?limit=100${next === undefined ? '' : `&after=${next}`}`))
      seen.push(...page.events.map(({ id }) => id))
      more = page.events.length > 0
      next = page.next
    }
    expect([seen.length, new Set(seen).size]).toEqual([250, 250])
    await post('/v1/topics/plain/events', { n: 'late' })
    expect((await json<Page>(fetch(`/v1/topics/plain/events?after=${next}`))).events).toMatchObject([{ payload: { n: 'late' } }])
    expect((await json<Page>(fetch('/v1/topics/plain/events?since=1ms'))).events.length).toBeLessThan(2)
  })

  it('resumes a stream from any id it gave, also one given before the first event', async () => {
    const { post, fetch } = await openReal()
    const headers = { accept: 'text/event-stream' }
    const first = sseBlocks(await fetch(events, { headers }))
    await first.next()
    const start = String((await first.next()).value).replace('id: ', '')
    await first.return(undefined)
    for (const permitId of [1, 2, 3]) await post(events, { permitId })
    const take = async (id: string, count: number) => {
      const blocks = sseBlocks(await fetch(events, { headers: { ...headers, 'last-event-id': id } }))
      const taken: { id: string; permitId: number }[] = []
      while (taken.length < count) {
        const block = String((await blocks.next()).value)
        const match = /^id: (.*)\ndata: (.*)$/.exec(block)
        if (match !== null)
          taken.push({ id: match[1]!, permitId: (JSON.parse(match[2]!) as { payload: { permitId: number } }).payload.permitId })
      }
      await blocks.return(undefined)
      return taken
    }
    const all = await take(start, 3)
    expect(all.map(({ permitId }) => permitId)).toEqual([1, 2, 3])
    expect(await take(all[0]!.id, 2)).toEqual(all.slice(1))
  })
})

describe('pulling from the real bus', () => {
  const pull = '/v1/groups/clinic/pull'

  it('delivers until it is acknowledged, and an old token settles nothing', async () => {
    const { post, json } = await openReal()
    await post(events, { permitId: 7 })
    const first = (await json<Deliveries>(post(pull, { wait: '10s', ackTimeout: '1s' }))).deliveries
    expect(first).toMatchObject([{ attempt: 1 }])
    const second = (await json<Deliveries>(post(pull, { wait: '10s', ackTimeout: '1s' }))).deliveries
    expect(second).toMatchObject([{ attempt: 2, event: { id: first[0]!.event.id } }])
    expect(await json(post('/v1/groups/clinic/ack', { tokens: [first[0]!.token, second[0]!.token] }))).toEqual({
      results: ['expired', 'ok'],
    })
    expect(await json(post(pull, { wait: '1ms' }))).toEqual({ deliveries: [] })
  })

  it('keeps the lease although the request is over, for as long as it was prolonged', async () => {
    const { post, json } = await openReal()
    await post(events, { permitId: 7 })
    const { deliveries } = await json<Deliveries>(post(pull, { wait: '10s', ackTimeout: '1s' }))
    const tokens = [deliveries[0]!.token]
    expect(await json(post('/v1/groups/clinic/extend', { tokens, delay: '20s' }))).toEqual({ results: ['ok'] })
    expect(await json(post(pull, { wait: '2s', ackTimeout: '1s' }))).toEqual({ deliveries: [] })
    expect(await json(post('/v1/groups/clinic/ack', { tokens }))).toEqual({ results: ['ok'] })
  })

  it('gives a nacked delivery again', async () => {
    const { post, json } = await openReal()
    await post(events, { permitId: 7 })
    const { deliveries } = await json<Deliveries>(post(pull, { wait: '10s' }))
    await post('/v1/groups/clinic/nack', { tokens: [deliveries[0]!.token], reason: 'busy' })
    const again = (await json<Deliveries>(post(pull, { wait: '10s' }))).deliveries
    expect(again).toMatchObject([{ attempt: 2, event: { id: deliveries[0]!.event.id } }])
  })

  it('does not count what a caller that hung up would have got', async () => {
    const { fetch, post, json } = await openReal()
    await post(pull, { wait: '1ms' })
    const abort = new AbortController()
    const body = JSON.stringify({ wait: '30s' })
    const leaving = fetch(pull, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: abort.signal }).catch(
      () => 'left',
    )
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    expect(await leaving).toBe('left')
    await post(events, { permitId: 7 })
    expect((await json<Deliveries>(post(pull, { wait: '10s' }))).deliveries).toMatchObject([{ attempt: 1 }])
  })

  it('answers a waiting caller at the first event', async () => {
    const { post, json } = await openReal()
    const waiting = json<Deliveries>(post(pull, { wait: '30s' }))
    await post(events, { permitId: 7 })
    expect((await waiting).deliveries).toHaveLength(1)
  })

  it('moves a group back, shows it, and ends it', async () => {
    const { post, fetch, json } = await openReal()
    await post(events, { permitId: 7 })
    const { deliveries } = await json<Deliveries>(post(pull, { wait: '10s' }))
    await post('/v1/groups/clinic/ack', { tokens: [deliveries[0]!.token] })
    expect(await json(fetch('/v1/groups/clinic'))).toMatchObject({ members: 1, topics: [{ topic: 'permits', lag: 0, delivered: 1 }] })
    expect(await json(post('/v1/groups/clinic/seek', { to: 'all' }))).toMatchObject({ topics: [{ lag: 1 }] })
    expect((await json<Deliveries>(post(pull, { wait: '10s' }))).deliveries).toMatchObject([{ event: { id: deliveries[0]!.event.id } }])
    expect((await post('/v1/groups/night/pull', { topics: ['plain'], from: 'all' })).status).toBe(200)
    expect((await fetch('/v1/groups/night', { method: 'DELETE' })).status).toBe(204)
    expect((await fetch('/v1/groups/night')).status).toBe(404)
  })
})

describe('publishing and waiting for deliveries', () => {
  const wait = (query: string) => `${events}?wait=delivered&timeout=${query}`
  const settle = (token: string) => ({ tokens: [token] })

  it('answers what each group made of the event once all are through, for a duplicate too', async () => {
    const { post, json } = await openReal()
    const published = post(wait('10s'), { permitId: 7 }, { 'idempotency-key': 'p-7' })
    const { deliveries } = await json<Deliveries>(post('/v1/groups/clinic/pull', { topics: ['permits'], wait: '5s' }))
    await post('/v1/groups/clinic/ack', settle(deliveries[0]!.token))
    const outcomes = [{ group: 'clinic', outcome: 'delivered', attempts: 1 }]
    expect((await published).status).toBe(201)
    expect(await json(published)).toMatchObject({ id: 'p-7', duplicate: false, outcomes })
    const again = await post(wait('10s'), { permitId: 7 }, { 'idempotency-key': 'p-7' })
    expect([again.status, await again.json()]).toEqual([200, expect.objectContaining({ duplicate: true, outcomes })])
  })

  it('answers `pending` when the time is up', async () => {
    const { post, json } = await openReal()
    const answer = await post(wait('50ms'), { permitId: 7 })
    const pending = { group: 'clinic', outcome: 'pending', attempts: 0, reason: 'nobody takes part in the group now' }
    expect([answer.status, await json(answer)]).toEqual([201, expect.objectContaining({ outcomes: [pending] })])
    expect(await json(post('/v1/topics/plain/events?wait=delivered', 1))).toMatchObject({ outcomes: [] })
  })

  it('waits for every event of a batch that was stored', async () => {
    const { post, json } = await openReal()
    const batch = { events: [{ payload: { permitId: 1 } }, { payload: {} }, { payload: { permitId: 2 } }] }
    const published = post(wait('10s'), batch, { 'content-type': 'application/vnd.hms-sync.batch+json' })
    for (let settled = 0; settled < 2; ) {
      const { deliveries } = await json<Deliveries>(post('/v1/groups/clinic/pull', { topics: ['permits'], wait: '5s' }))
      await post('/v1/groups/clinic/ack', { tokens: deliveries.map(({ token }) => token) })
      settled += deliveries.length
    }
    const delivered = { status: 201, outcomes: [{ group: 'clinic', outcome: 'delivered' }] }
    expect(await json(published)).toMatchObject({ results: [delivered, { status: 422, error: { code: 'key_missing' } }, delivered] })
  })

  it('gives up waiting when the caller hangs up, and refuses a time that is none', async () => {
    const { url, post } = await openReal()
    const caller = new AbortController()
    const headers = { 'content-type': 'application/json' }
    const published = fetch(`${url}${wait('60s')}`, { method: 'POST', headers, body: '{"permitId":7}', signal: caller.signal })
    caller.abort()
    await expect(published).rejects.toThrow()
    for (const query of ['?wait=applied', '?timeout=5s', '?wait=delivered&timeout=2m', '?wait=delivered&timeout=soon', '?way=in'])
      expect(await problemOf(await post(`${events}${query}`, { permitId: 8 }))).toMatchObject({ status: 400, code: 'invalid_request' })
  })
})

describe('looking at the real bus', () => {
  it('takes up a changed topics.yaml under traffic, and refuses to lose events', async () => {
    const { post, fetch, json, folder } = await openReal()
    await post('/v1/topics/plain/events', 1)
    await writeFile(join(folder, 'topics.yaml'), `${topicsYaml}later: {}\n`)
    expect(await json<{ items: readonly unknown[] }>(post('/v1/registry/apply', {}))).toMatchObject({ items: [{ topic: 'later' }] })
    expect((await post('/v1/topics/later/events', 1)).status).toBe(201)
    await writeFile(join(folder, 'topics.yaml'), 'permits: { key: permitId, consumers: [clinic] }\nlater: {}\n')
    expect(await problemOf(await post('/v1/registry/apply', {}))).toMatchObject({ status: 409, code: 'change_refused' })
    expect((await fetch('/v1/topics/plain')).status).toBe(200)
    await writeFile(join(folder, 'topics.yaml'), 'permits: { colour: red }\n')
    expect(await problemOf(await post('/v1/registry/apply', {}))).toMatchObject({ status: 422, code: 'invalid_config' })
  })

  it('ends the streams and pulls of a topic that is removed, and says why', async () => {
    const { post, fetch, folder } = await openReal()
    const stream = await fetch('/v1/topics/plain/events', { headers: { accept: 'text/event-stream' } })
    const blocks = sseBlocks(stream)
    while (!(await blocks.next()).value?.startsWith('id: '));
    const pulled = post('/v1/groups/night/pull', { topics: ['plain'], wait: '30s' })
    while ((await fetch('/v1/groups/night')).status !== 200);
    await writeFile(join(folder, 'topics.yaml'), 'permits: { key: permitId, consumers: [clinic] }\n')
    expect((await post('/v1/registry/apply', { acceptLoss: ['plain'] })).status).toBe(200)
    expect((await blocks.next()).value).toContain('urn:hms-sync:error:gone')
    expect(await problemOf(await pulled)).toMatchObject({ status: 410, code: 'gone' })
  })

  it('shows its figures in JSON, to Prometheus and on its page', async () => {
    const { post, fetch, json } = await openReal()
    await post(events, { permitId: 7 })
    expect(await json(fetch('/v1/topics/permits'))).toMatchObject({ published: 1, events: 1, groups: ['clinic'] })
    expect(await json(fetch('/readyz'))).toMatchObject({ ready: true })
    const metrics = await (await fetch('/metrics')).text()
    expect(metrics.split('\n')).toEqual(
      expect.arrayContaining([
        'hms_sync_topic_published_total{topic="permits"} 1',
        'hms_sync_group_lag_events{group="clinic",topic="permits"} 1',
      ]),
    )
    expect(await (await fetch('/')).text()).toContain('permits')
  })
})
