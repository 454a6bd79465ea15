import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import type { HttpOptions } from '../../../src/sinks/http/http-options.js'
import { Authority } from './certificates.js'
import { deliveryOf, HttpBench } from './sink-bench.js'

const bench = new HttpBench()
const authority = new Authority()
afterEach(() => bench.close())
afterAll(() => authority.remove())

process.env.AUTH_TOKEN = 'token-7f3a91'
process.env.AUTH_USER = 'hms'
process.env.AUTH_PASSWORD = 'pass:word-5521'
process.env.AUTH_SHORT = 'abc'

/** What a system gets as headers, and what the sink says when the system repeats all of them. */
async function refusedBy(options: Partial<HttpOptions>) {
  let headers: NodeJS.Dict<string | string[]> = {}
  const url = await bench.http((request, response) => {
    headers = request.headers
    response.writeHead(422).end(JSON.stringify(request.headers))
  })
  const outcome = await bench.send({ url, ...options })
  return { headers, outcome: JSON.stringify(outcome) }
}

describe('who a sink says it is', () => {
  it.each<[string, NonNullable<HttpOptions['auth']>, object, string]>([
    ['a token', { bearer: 'env:AUTH_TOKEN' }, { authorization: 'Bearer token-7f3a91' }, 'token-7f3a91'],
    ['a written token', { bearer: 'written-token' }, { authorization: 'Bearer written-token' }, 'written-token'],
    [
      'a name and a password',
      { basic: { user: 'env:AUTH_USER', password: 'env:AUTH_PASSWORD' } },
      { authorization: `Basic ${btoa('hms:pass:word-5521')}` },
      btoa('hms:pass:word-5521'),
    ],
    ['a key', { apiKey: { header: 'X-Api-Key', value: 'env:AUTH_TOKEN' } }, { 'x-api-key': 'token-7f3a91' }, 'token-7f3a91'],
  ])('is %s in a header, which no outcome repeats', async (_, auth, expected, secret) => {
    const { headers, outcome } = await refusedBy({ auth })
    expect(headers).toMatchObject(expected)
    expect(outcome).toContain('***')
    expect(outcome).not.toContain(secret)
  })

  it('is read from a file, and from a header that names a secret', async () => {
    writeFileSync(`${authority.folder}/token`, 'from-a-file-33\n')
    const { headers } = await refusedBy({ auth: { bearer: `file:${authority.folder}/token` }, headers: { 'x-second': 'env:AUTH_TOKEN' } })
    expect(headers).toMatchObject({ authorization: 'Bearer from-a-file-33', 'x-second': 'token-7f3a91' })
  })

  it('is what a header or a parameter holds by its name, and no ordinary word', async () => {
    const url = await bench.http(
      (request, response) => void response.writeHead(422).end(`${request.url} ${JSON.stringify(request.headers)}`),
    )
    const outcome = await bench.send({
      url: `${url}/permits?code=written-code&zipcode=permits`,
      headers: { 'x-functions-key': 'written-key', 'x-routing-key': 'permits', authorization: 'Token token=written-key-2' },
    })
    expect(outcome).toMatchObject({ detail: { request: `POST ${url}/permits?code=***&zipcode=permits` } })
    expect(JSON.stringify(outcome)).not.toMatch(/written-code|written-key/)
    expect(outcome.detail?.answer).toContain('"x-routing-key":"permits"')
  })

  it('is a certificate where the system asks for one', async () => {
    const ours = authority.signed('adapter')
    writeFileSync(`${authority.folder}/ours.cert`, ours.cert)
    writeFileSync(`${authority.folder}/ours.key`, ours.key)
    const url = await bench.https(
      { ...authority.signed('localhost'), requestCert: true, ca: authority.caText },
      (_, response) => void response.end(),
    )
    const [ca, cert, key] = [authority.caFile, `${authority.folder}/ours.cert`, `${authority.folder}/ours.key`].map(
      (path) => `file:${path}`,
    )
    expect(await bench.send({ url, tls: { ca: ca!, cert: cert!, key: key! } })).toMatchObject({ outcome: 'done' })
    expect(await bench.send({ url, tls: { ca: ca! } })).not.toMatchObject({ outcome: 'done' })
  })

  it.each<[unknown, string]>([
    ['env:AUTH_TOKEN', '/auth'],
    [{}, '/auth'],
    [{ bearer: 'a', basic: {} }, '/auth'],
    [{ oauth: 'x' }, '/auth'],
    [{ bearer: 'env:NO_SUCH_VARIABLE' }, '/auth/bearer'],
    [{ bearer: '' }, '/auth/bearer'],
    [{ bearer: 'two\nlines' }, '/auth/bearer'],
    [{ basic: { user: 'a:b', password: 'x' } }, '/auth/basic/user'],
    [{ basic: { user: 'a' } }, '/auth/basic/password'],
    [{ basic: { user: 'a', password: 'b', realm: 'c' } }, '/auth/basic/realm'],
    [{ apiKey: { value: 'x' } }, '/auth/apiKey/header'],
    [{ apiKey: { header: 'host', value: 'x' } }, '/auth/apiKey/header'],
    [{ apiKey: { header: 'x y', value: 'x' } }, '/auth/apiKey'],
  ])('finds fault with auth: %j', (auth, pointer) => {
    expect(() => http({ url: 'https://x.gov', auth } as never)).toThrow(
      expect.objectContaining({ code: 'invalid_config', faults: [expect.objectContaining({ pointer })] }),
    )
  })

  it('finds fault with two ways to say it, and with a tls that is no PEM', () => {
    expect(() => http({ url: 'https://x.gov', headers: { Authorization: 'Bearer a' }, auth: { bearer: 'b' } })).toThrow('leave one out')
    expect(() => http({ url: 'https://x.gov', tls: { ca: 'nonsense' } })).toThrow('not a PEM text')
    expect(() => http({ url: 'https://x.gov', tls: { cert: `file:${authority.caFile}` } })).toThrow('needs its key')
  })
})

describe('an address from the environment', () => {
  it('shows its host and nothing of what stands behind it, which may be a secret', async () => {
    process.env.SECRET_URL = await bench.http((request, response) => void response.writeHead(422).end(`no hook at ${request.url}`))
    const plain = await bench.send({ url: 'env:SECRET_URL' })
    expect(plain).toMatchObject({ detail: { request: `POST ${process.env.SECRET_URL}/` } })
    const host = process.env.SECRET_URL
    process.env.SECRET_URL = `${host}/services/T0/B0/kX81mQ/{permitId}`
    const filled = await bench.send({ url: 'env:SECRET_URL' })
    expect(filled).toMatchObject({ detail: { request: `POST ${host}/…`, answer: 'no hook at ***7' } })
    const sink = bench.sink({ url: 'env:SECRET_URL' })
    expect(sink.describe(deliveryOf()).split('\n')[0]).toBe(`POST ${host}/…`)
    expect(JSON.stringify([filled, sink.target, sink.describe(deliveryOf())])).not.toContain('kX81mQ')
  })

  it('may have more behind it, which is shown', async () => {
    process.env.BASE_URL = await bench.http((_, response) => void response.end())
    expect(await bench.send({ url: 'env:BASE_URL/permits/{permitId}' })).toMatchObject({
      outcome: 'done',
      detail: { request: `POST ${process.env.BASE_URL}/permits/7` },
    })
    const host = process.env.BASE_URL
    process.env.BASE_URL = `${host}/tenants/kX81mQ77aa/`
    const outcome = await bench.send({ url: 'env:BASE_URL/permits/{permitId}?full=1' })
    expect(outcome).toMatchObject({ detail: { request: `POST ${host}/…/permits/7?full=1` } })
    process.env.BASE_URL = `${host}/?tenant=7`
    expect(() => bench.sink({ url: 'env:BASE_URL/permits' })).toThrow('behind a "?"')
    expect(() => bench.sink({ url: 'env:NO_SUCH_BASE/permits' })).toThrow('the environment variable NO_SUCH_BASE is not set')
  })
})

describe('a description of a request', () => {
  it('shows what would be sent, line by line, and no secret, however short', () => {
    process.env.TEST_SIGN = `whsec_${btoa('x'.repeat(32))}`
    const sink = bench.sink({
      url: 'https://legacy.gov/permits/{permitId}?api_key=in-the-address',
      method: 'PUT',
      auth: { apiKey: { header: 'x-api-key', value: 'env:AUTH_SHORT' } },
      headers: { 'x-office': 'north' },
      sign: 'env:TEST_SIGN',
    })
    const lines = sink.describe(deliveryOf({ value: { permitId: 7, key: 'token of abc' } })).split('\n')
    expect(lines).toEqual([
      'PUT https://legacy.gov/permits/7?api_key=***',
      'content-type: application/json',
      'user-agent: hms-sync',
      'accept-encoding: identity',
      'x-office: north',
      'x-api-key: ***',
      'idempotency-key: k-1',
      'webhook-id: k-1',
      expect.stringMatching(/^webhook-timestamp: \d+$/),
      expect.stringMatching(/^webhook-signature: v1,/),
      '',
      '{"permitId":7,"key":"token of abc"}',
    ])
  })

  it('shows a batch as it would be sent for this event alone, and no body where none is sent', () => {
    const ndjson = bench.sink({ url: 'https://legacy.gov/', batch: { size: 10, as: 'ndjson' } })
    expect(ndjson.describe(deliveryOf())).toMatch(/content-type: application\/x-ndjson\n[\s\S]*\n\n\{"permitId":7\}$/)
    const none = bench.sink({ url: 'https://legacy.gov/{permitId}', method: 'DELETE' })
    expect(none.describe(deliveryOf())).toMatch(/^DELETE https:\/\/legacy\.gov\/7\n[\s\S]*webhook-id: k-1$/)
  })

  it('throws what would refuse the event', () => {
    const sink = bench.sink({ url: 'https://legacy.gov/{slot}' })
    expect(() => sink.describe(deliveryOf())).toThrow('{slot} is missing in this event')
  })
})
