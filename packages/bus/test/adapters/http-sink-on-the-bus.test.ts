import type { AttemptInfo, EventTrace } from '@hms-sync/client'
import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished, vi } from 'vitest'
import { TestTarget } from '../../../adapter/test/test-target.js'
import { openReal } from '../server/open-real.js'

it('addresses, signs and traces a request, and keeps what the system answered in the history of the event', async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const target = await TestTarget.start()
  onTestFinished(() => target.close())
  target.answer = (response, { raw }) =>
    raw.includes('late')
      ? response.writeHead(422).end(`refused: ${secret}`)
      : response.writeHead(201, { 'content-type': 'application/json' }).end('{"slot":{"id":"S-17"}}')
  const { post, fetch, json } = await openReal({
    'topics.yaml': 'permits: { key: permitId, consumers: [legacy] }\n',
    '.env': `LEGACY_URL=${target.url}\nLEGACY_SIGN=${secret}\n`,
    'adapters/legacy.yaml':
      'url: env:LEGACY_URL/permits/{permitId}?office={$event.source}\nmethod: PUT\nsign: env:LEGACY_SIGN\ncapture: { slotId: slot.id }\n',
  })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await post('/v1/topics/permits/events', { permitId: 'P/7' }, { 'idempotency-key': 'p-7', traceparent })
  await post('/v1/topics/permits/events', { permitId: 'P-8', note: 'late' }, { 'idempotency-key': 'p-8' })
  const tries = await vi.waitFor(async () => {
    const { items } = await json<{ readonly items: readonly AttemptInfo[] }>(fetch('/v1/deliveries?adapter=legacy'))
    expect(items).toHaveLength(2)
    return new Map(items.map((one) => [one.event, one]))
  }, 15_000)

  const [got] = target.got
  expect(got).toMatchObject({ method: 'PUT', path: '/permits/P%2F7?office=anonymous', body: { permitId: 'P/7' } })
  expect(got?.headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/)
  expect(new Webhook(secret).verify(got?.raw ?? '', got?.headers as Record<string, string>)).toEqual({ permitId: 'P/7' })
  expect(tries.get('p-7')).toMatchObject({
    outcome: 'done',
    status: 201,
    request: `PUT ${target.url}/permits/P%2F7?office=anonymous`,
    answer: '{"slot":{"id":"S-17"}}',
    captured: { slotId: 'S-17' },
  })
  expect(tries.get('p-8')).toMatchObject({ outcome: 'refused', status: 422, errorClass: 'refused', answer: 'refused: ***' })
  const { items: traces } = await json<{ readonly items: readonly EventTrace[] }>(fetch('/v1/events/p-7/trace'))
  expect(traces).toMatchObject([{ groups: [{ group: 'legacy', outcome: 'delivered', tries: [{ captured: { slotId: 'S-17' } }] }] }])
}, 30_000)
