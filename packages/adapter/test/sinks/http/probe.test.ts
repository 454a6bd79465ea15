import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import { deliveryOf, HttpBench } from './sink-bench.js'

const bench = new HttpBench()
afterEach(() => bench.close())

const never = new AbortController().signal

describe('an HTTP sink that is asked what took effect', () => {
  it('asks the address that the event fills in, with the same credentials and nothing else of a request', async () => {
    let asked: IncomingMessage | undefined
    const url = await bench.http((request, response) => {
      asked = request
      response.end()
    })
    const sink = bench.sink({
      url,
      probe: `${url}/permits/{permitId}?event={$event.id}`,
      auth: { bearer: 'probe-token' },
      sign: `whsec_${btoa('x'.repeat(32))}`,
    })
    expect(await sink.probe?.(deliveryOf(), never)).toBe('applied')
    expect(asked).toMatchObject({ method: 'GET', url: '/permits/7?event=e-1', headers: { authorization: 'Bearer probe-token' } })
    for (const name of ['content-type', 'content-length', 'idempotency-key', 'webhook-signature'])
      expect(asked?.headers[name]).toBeUndefined()
  })

  it.each([
    [200, 'applied'],
    [204, 'applied'],
    [404, 'absent'],
    [410, 'absent'],
    [401, 'unknown'],
    [302, 'unknown'],
    [429, 'unknown'],
    [500, 'unknown'],
  ])('reads %i as %s', async (status, expected) => {
    const url = await bench.http((_, response) => void response.writeHead(status, { location: '/' }).end())
    expect(await bench.sink({ url, probe: `${url}/` }).probe?.(deliveryOf(), never)).toBe(expected)
  })

  it('does not know when there is no answer, none in time, or when it is told to stop', async () => {
    const silent = await bench.http(() => {})
    const closed = await bench.closedPort()
    expect(await bench.sink({ url: silent, probe: silent, timeoutMs: 200 }).probe?.(deliveryOf(), never)).toBe('unknown')
    expect(await bench.sink({ url: closed, probe: closed }).probe?.(deliveryOf(), never)).toBe('unknown')
    expect(await bench.sink({ url: silent, probe: silent }).probe?.(deliveryOf(), AbortSignal.abort())).toBe('unknown')
  })

  it('cannot be asked without an address, nor with one on another host', () => {
    expect(bench.sink({ url: 'https://x.gov/a' }).probe).toBeUndefined()
    expect(() => http({ url: 'https://x.gov/a', probe: 'https://y.gov/b' })).toThrow('leads to another host')
    expect(() => http({ url: 'https://x.gov/a', probe: '' })).toThrow(
      'write where to ask whether an event has been applied, such as probe:',
    )
  })
})
