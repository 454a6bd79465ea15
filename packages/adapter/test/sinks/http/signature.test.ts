import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import type { HttpOptions } from '../../../src/sinks/http/http-options.js'
import { eventOf, type Got, TestTarget } from '../../test-target.js'

const secret = () => `whsec_${randomBytes(32).toString('base64')}`
const never = new AbortController().signal
let target: TestTarget

beforeEach(async () => {
  target = await TestTarget.start()
})
afterEach(() => target.close())

async function send(options: Partial<HttpOptions>, values: readonly unknown[] = [{ permitId: 7, note: 'Jürgen ☂' }]): Promise<Got> {
  const sink = http({ url: target.url, ...options })
  const deliveries = values.map((value, i) => ({ event: eventOf({}), value: value as never, attempt: 1, idempotencyKey: `k-${i}` }))
  await sink.apply(deliveries, never)
  await sink.close()
  return target.got.at(-1)!
}

function verify(key: string, { headers, raw }: Got): unknown {
  return new Webhook(key).verify(raw, headers as Readonly<Record<string, string>>)
}

describe('a signed request', () => {
  it('is accepted by the reference library of Standard Webhooks', async () => {
    process.env.TEST_SIGN = secret()
    const got = await send({ sign: 'env:TEST_SIGN' })
    expect(verify(process.env.TEST_SIGN, got)).toEqual({ permitId: 7, note: 'Jürgen ☂' })
    expect(got.headers).toMatchObject({ 'webhook-id': 'k-0', 'idempotency-key': 'k-0' })
  })

  it('is not accepted with another secret, another body or another id', async () => {
    process.env.TEST_SIGN = secret()
    const got = await send({ sign: 'env:TEST_SIGN' })
    expect(() => verify(secret(), got)).toThrow('No matching signature')
    expect(() => verify(process.env.TEST_SIGN!, { ...got, raw: `${got.raw} ` })).toThrow('No matching signature')
    expect(() => verify(process.env.TEST_SIGN!, { ...got, headers: { ...got.headers, 'webhook-id': 'k-9' } })).toThrow(
      'No matching signature',
    )
  })

  it('carries two signatures while receivers change over, and is accepted with either secret', async () => {
    process.env.TEST_SIGN_NEW = secret()
    process.env.TEST_SIGN_OLD = secret()
    const got = await send({ sign: ['env:TEST_SIGN_NEW', 'env:TEST_SIGN_OLD'] })
    expect(got.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    expect(verify(process.env.TEST_SIGN_NEW, got)).toEqual(verify(process.env.TEST_SIGN_OLD, got))
  })

  it('is signed as a whole when it holds a batch, and when it has no body', async () => {
    process.env.TEST_SIGN = secret()
    const got = await send({ sign: 'env:TEST_SIGN', batch: { size: 10 } }, [{ a: 1 }, { a: 2 }])
    expect(verify(process.env.TEST_SIGN, got)).toEqual([{ a: 1 }, { a: 2 }])
    const empty = await send({ sign: 'env:TEST_SIGN', method: 'DELETE' })
    expect(empty.raw).toBe('')
    expect(new Webhook(process.env.TEST_SIGN).sign(String(empty.headers['webhook-id']), stamp(empty), '')).toBe(
      empty.headers['webhook-signature'],
    )
  })

  it('is signed at each try, with the time of that try', async () => {
    process.env.TEST_SIGN = secret()
    const before = Math.floor(Date.now() / 1_000)
    const got = await send({ sign: 'env:TEST_SIGN' })
    expect(Number(got.headers['webhook-timestamp'])).toBeGreaterThanOrEqual(before)
    expect(Number(got.headers['webhook-timestamp'])).toBeLessThanOrEqual(Date.now() / 1_000)
  })

  it.each([
    ['a secret without its prefix', randomBytes(32).toString('base64')],
    ['a short secret', `whsec_${randomBytes(16).toString('base64')}`],
    ['a long secret', `whsec_${randomBytes(65).toString('base64')}`],
    ['a secret that is no base64', 'whsec_****************************************'],
  ])('finds fault with %s, and does not repeat it', (_, text) => {
    process.env.TEST_SIGN_BAD = text
    const build = () => http({ url: target.url, sign: 'env:TEST_SIGN_BAD' })
    expect(build).toThrow(expect.objectContaining({ code: 'invalid_config', faults: [expect.objectContaining({ pointer: '/sign' })] }))
    expect(build).toThrow(/^(?!.*\*\*\*\*)/)
    expect(build).not.toThrow(text)
  })

  it.each([[[]], [['env:A', 'env:B', 'env:C']], [7], [['env:NO_SUCH_SECRET']]])('finds fault with sign: %j', (sign) => {
    expect(() => http({ url: target.url, sign } as never)).toThrow(expect.objectContaining({ code: 'invalid_config' }))
  })
})

function stamp({ headers }: Got): Date {
  return new Date(Number(headers['webhook-timestamp']) * 1_000)
}
