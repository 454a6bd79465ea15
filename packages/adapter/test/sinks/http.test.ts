import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'
import type { HttpOptions } from '../../src/sinks/http/http-options.js'
import { eventOf, TestTarget } from '../test-target.js'

let target: TestTarget
let sink: Sink | undefined
const never = new AbortController().signal

beforeEach(async () => {
  target = await TestTarget.start()
})
afterEach(async () => {
  await sink?.close()
  await target.close()
})

function delivery(fields: Partial<SinkDelivery> = {}): SinkDelivery {
  return { event: eventOf({ id: 7 }), value: { permitId: 7 }, attempt: 1, idempotencyKey: 'k-1', ...fields }
}

async function send(options: Partial<HttpOptions> = {}, fields: Partial<SinkDelivery> = {}): Promise<SinkOutcome> {
  sink = http({ url: `${target.url}/api/slots?city=1`, ...options })
  const [outcome] = await sink.apply([delivery(fields)], never)
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

describe('an HTTP sink', () => {
  it('sends the value as JSON with one key under two names, and is done at 2xx', async () => {
    target.answer = (response) => response.writeHead(202).end('accepted')
    const event = eventOf({ id: 7 }, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
    expect(await send({ headers: { 'X-Api-Key': 'abc' } }, { event })).toEqual({
      outcome: 'done',
      status: 202,
      detail: { request: `POST ${target.url}/api/slots?city=1`, answer: 'accepted' },
    })
    expect(target.got).toHaveLength(1)
    expect(target.got[0]).toMatchObject({ method: 'POST', path: '/api/slots?city=1', body: { permitId: 7 } })
    expect(target.got[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
      'webhook-id': 'k-1',
      'x-api-key': 'abc',
      'accept-encoding': 'identity',
    })
  })

  it('takes another method and content type', async () => {
    await send({ method: 'PUT', headers: { 'Content-Type': 'application/merge-patch+json' } })
    expect(target.got[0]).toMatchObject({ method: 'PUT', headers: { 'content-type': 'application/merge-patch+json' } })
  })

  it('tells its host how it may be used', () => {
    sink = http({ url: target.url, concurrency: 3, timeoutMs: 500 })
    expect(sink).toMatchObject({ kind: 'http', target: target.url, effect: 'idempotent', maxBatch: 1, concurrency: 3, timeoutMs: 500 })
  })

  it('refuses the event with the answer’s own words, cut and made printable', async () => {
    target.answer = (response) => response.writeHead(422).end(`no slot\u0007\n${'x'.repeat(10_000)}`)
    const outcome = await send()
    expect(outcome).toMatchObject({
      outcome: 'refused',
      status: 422,
      reason: expect.stringContaining('answered 422 Unprocessable Entity: no slot\\u0007 xxx'),
    })
    expect((outcome as { reason: string }).reason.length).toBeLessThan(1_200)
  })

  it('never shows a secret that the system echoes', async () => {
    process.env.TEST_SINK_KEY = 'topsecret-value-1'
    target.answer = (response, got) => response.writeHead(400).end(`bad key ${got.headers.authorization}`)
    const outcome = await send({ headers: { authorization: 'Bearer env:TEST_SINK_KEY' } })
    expect(target.got[0]?.headers.authorization).toBe('Bearer topsecret-value-1')
    expect(JSON.stringify(outcome)).not.toContain('topsecret')
    expect(outcome).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('bad key Bearer ***') })
  })

  it('does not follow a redirect, and names where it pointed', async () => {
    const other = await TestTarget.start()
    target.answer = (response) => response.writeHead(307, { location: `${other.url}/elsewhere` }).end()
    expect(await send()).toMatchObject({ outcome: 'refused', status: 307, reason: expect.stringContaining(`redirect to ${other.url}`) })
    expect(other.got).toHaveLength(0)
    await other.close()
  })

  it('hands on Retry-After as seconds and as a date, an hour at most', async () => {
    target.answer = (response) => response.writeHead(429, { 'retry-after': '7' }).end()
    expect(await send()).toMatchObject({ outcome: 'retry', scope: 'target', status: 429, retryAfterMs: 7_000 })
    target.answer = (response) => response.writeHead(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }).end()
    const byDate = await send()
    expect(byDate).toMatchObject({ outcome: 'retry', scope: 'target', status: 503 })
    expect((byDate as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(80_000)
    target.answer = (response) => response.writeHead(503, { 'retry-after': '999999' }).end()
    expect(await send()).toMatchObject({ retryAfterMs: 3_600_000 })
  })

  it('tries an event again after a 500, as the event’s own trouble', async () => {
    target.answer = (response) => response.writeHead(500).end()
    expect(await send()).toMatchObject({ outcome: 'retry', scope: 'event', status: 500 })
  })

  it('says that the target is out of reach when it refuses connections', async () => {
    const { url } = target
    await target.close()
    sink = http({ url })
    expect((await sink.apply([delivery()], never))[0]).toEqual({
      outcome: 'retry',
      scope: 'target',
      reason: `POST ${url}: it refuses connections (ECONNREFUSED)`,
      detail: { request: `POST ${url}/`, errorClass: 'connection' },
    })
  })

  it('says that the target is out of reach when its name is not known', async () => {
    sink = http({ url: 'http://no-such-host.invalid/x' })
    expect((await sink.apply([delivery()], never))[0]).toMatchObject({ outcome: 'retry', scope: 'target' })
  })

  it('does not know the outcome when no answer comes after sending, and ends in time', async () => {
    target.answer = () => {}
    const started = performance.now()
    expect(await send({ timeoutMs: 200 })).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('it may have been applied'),
    })
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(target.got).toHaveLength(1)
  })

  it('does not know the outcome when the connection breaks before the answer', async () => {
    target.answer = (response) => response.destroy()
    expect(await send()).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('breaks off') })
  })

  it('takes the status for the answer when the body never ends', async () => {
    target.answer = (response) => response.writeHead(200).write('…')
    expect(await send({ timeoutMs: 200 })).toMatchObject({ outcome: 'done', status: 200, detail: { errorClass: 'answer' } })
  })

  it('reads no more than 64 KiB of an answer', async () => {
    let sent = 0
    target.answer = (response) => {
      response.writeHead(400)
      const pump = () => {
        while (!response.destroyed && response.write('y'.repeat(16_384))) sent += 16_384
      }
      response.on('drain', pump)
      pump()
    }
    expect(await send()).toMatchObject({ outcome: 'refused', status: 400 })
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })

  it('ends what is under way when it is told to stop, and what it did not send it says', async () => {
    const arrived = new Promise<void>((resolve) => {
      target.answer = () => resolve()
    })
    sink = http({ url: target.url, concurrency: 1 })
    const stop = new AbortController()
    const outcomes = Promise.all([sink.apply([delivery()], stop.signal), sink.apply([delivery({ idempotencyKey: 'k-2' })], stop.signal)])
    await arrived
    stop.abort()
    const [[first], [second]] = await outcomes
    expect(first).toMatchObject({ outcome: 'unknown' })
    expect(second).toMatchObject({ outcome: 'retry', scope: 'target', reason: expect.stringContaining('nothing was sent') })
    expect(target.got).toHaveLength(1)
  })

  it('calls something that is not HTTP unknown, not done', async () => {
    const server = createTcpServer((socket: Socket) =>
      socket
        .on('error', () => {})
        .once('data', () => socket.destroySoon())
        .write('SSH-2.0-OpenSSH_9\r\n'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    sink = http({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    expect((await sink.apply([delivery()], never))[0]).toMatchObject({ outcome: 'unknown' })
    await new Promise((resolve) => server.close(resolve))
  })

  it('does not talk to a server whose certificate it cannot verify', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hms-sync-tls-'))
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        join(folder, 'key'),
        '-out',
        join(folder, 'cert'),
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
      ],
      { stdio: 'ignore' },
    )
    const requests: unknown[] = []
    const server = createTlsServer({ key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) }, (request) =>
      requests.push(request),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    sink = http({ url: `https://localhost:${(server.address() as AddressInfo).port}` })
    expect((await sink.apply([delivery()], never))[0]).toMatchObject({
      outcome: 'retry',
      scope: 'target',
      reason: expect.stringContaining('certificate'),
    })
    expect(requests).toHaveLength(0)
    await new Promise((resolve) => server.close(resolve))
  })

  it('names every fault of its options at once', () => {
    expect(() =>
      http({
        url: 'ftp://x',
        method: 'GET',
        timeoutMs: 1,
        colour: 'red',
        headers: { host: 'x', 'a b': 'c', k: 'env:NO_SUCH_VARIABLE' },
      } as unknown as HttpOptions),
    ).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        faults: ['/colour', '/url', '/method', '/headers/host', '/headers/a b', '/headers/k', '/timeoutMs'].map((pointer) =>
          expect.objectContaining({ pointer }),
        ),
      }),
    )
  })
})
