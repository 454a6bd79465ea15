import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ruleForFailure, ruleForStatus } from '#dist/sinks/http/decide.js'
import { bodyRules, failureRules } from '#dist/sinks/http/failure-rules.js'
import { statusRules } from '#dist/sinks/http/status-rules.js'
import type { SinkOutcome } from '../../../src/sink.js'
import type { FailureRule, StatusRule } from '../../../src/sinks/http/answer-rule.js'
import type { HttpOptions } from '../../../src/sinks/http/http-options.js'
import { Authority } from './certificates.js'
import { failureFor } from './failures.js'
import { HttpBench } from './sink-bench.js'

const bench = new HttpBench()
const authority = new Authority()
afterEach(() => bench.close())
afterAll(() => authority.remove())

/** What stands behind a status, by the names of the rows. */
const bodies: Readonly<Record<keyof typeof bodyRules, (response: ServerResponse, status: number) => void>> = {
  cutShort(response, status) {
    response.writeHead(status, { 'content-length': '1000' }).write('{"id":')
    setTimeout(() => response.destroy(), 20)
  },
  late: (response, status) => void response.writeHead(status).write('{"id":'),
  tooLong: (response, status) => void response.writeHead(status).end('x'.repeat(100_000)),
  noJson: (response, status) => void response.writeHead(status, { 'content-type': 'text/html' }).end('<p>Welcome</p>'),
  compressed: (response, status) =>
    void response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"id":7}')),
}

describe('the table of answers', () => {
  it('has a row for everything that can come, no two for the same', () => {
    const names = [...statusRules.map(nameOf), ...failureRules.map(({ codes, sent }) => `${codes[0]} ${sent}`)]
    expect(new Set(names).size).toBe(names.length)
    expect(names.length + Object.keys(bodyRules).length).toBeGreaterThanOrEqual(40)
  })

  it.each([
    ['done', [200, 201, 202, 204, 207, 226]],
    ['retry_target', [401, 402, 407, 421, 429, 503, 509, 511, 521, 522, 523, 525, 526, 529, 530]],
    ['retry_event', [403, 408, 423, 424, 425, 500, 501, 502, 505, 507, 508, 510, 527]],
    ['unknown', [504, 520, 524, 598, 599, 600, 999]],
    [
      'refused',
      [
        300, 301, 302, 303, 304, 307, 308, 400, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 422, 426, 428, 431, 451,
        499,
      ],
    ],
  ])('says %s of exactly these, at the first try', (decision, statuses) => {
    const asked = { attempt: 1, isDelete: false, hasRetryAfter: false }
    expect(statuses.map((status) => [status, ruleForStatus(status, asked).decision])).toEqual(statuses.map((status) => [status, decision]))
  })

  it.each([
    [
      'retry_target',
      false,
      [
        'ECONNREFUSED',
        'ENOTFOUND',
        'EAI_AGAIN',
        'EHOSTUNREACH',
        'UND_ERR_CONNECT_TIMEOUT',
        'CERT_HAS_EXPIRED',
        'ERR_SSL_ANYTHING',
        'EMFILE',
        'ECONNRESET',
        'HMS_TIMEOUT',
        'HMS_ADDRESS_REFUSED',
        'HMS_STOPPED',
        'WHATEVER',
      ],
    ],
    ['refused', false, ['UND_ERR_INVALID_ARG']],
    [
      'unknown',
      true,
      [
        'ECONNRESET',
        'EPIPE',
        'UND_ERR_SOCKET',
        'ETIMEDOUT',
        'UND_ERR_HEADERS_TIMEOUT',
        'HMS_TIMEOUT',
        'HMS_STOPPED',
        'HPE_INVALID',
        'UND_ERR_HEADERS_OVERFLOW',
        'HMS_BAD_UPGRADE',
        'UND_ERR_INVALID_ARG',
        'WHATEVER',
      ],
    ],
    ['retry_target', true, ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_ANYTHING']],
  ])('says %s of a request without an answer, sent %s, that ended so', (decision, sent, codes) => {
    expect(codes.map((code) => [code, ruleForFailure(code, sent).decision])).toEqual(codes.map((code) => [code, decision]))
  })

  it.each(statusRules.map((rule) => [nameOf(rule), rule] as const))('decides by its row about %s', async (_, rule) => {
    const url = await bench.http((_, response) => {
      if (rule.withRetryAfter) response.setHeader('retry-after', '3')
      response.writeHead(statusOf(rule), { location: 'https://elsewhere.example/keys?k=1' }).end()
    })
    const method = rule.toDelete ? 'DELETE' : 'POST'
    const outcome = await bench.send({ url, method }, { attempt: rule.toRepeat ? 2 : 1 })
    expectDecided(rule, outcome)
    expect(outcome).toMatchObject({ status: statusOf(rule), detail: { request: `${method} ${url}/` } })
    if (rule.withRetryAfter) expect(outcome).toMatchObject({ retryAfterMs: 3_000 })
    if (rule.errorClass === 'redirect') expect(outcome).toMatchObject({ reason: expect.stringContaining('https://elsewhere.example;') })
  })

  it.each(failureRules.map((rule) => [`${rule.when}${rule.sent === true ? ', though it was sent' : ''}`, rule] as const))(
    'decides by its row that %s',
    async (_, rule) => {
      const outcome = await failureFor(rule)(bench, authority)
      expectDecided(rule, outcome)
      const { reason } = outcome as { readonly reason: string }
      expect(reason).toContain(rule.errorClass === 'address' ? 'is a loopback address' : rule.when)
      expect(reason.includes('it may have been applied')).toBe(rule.decision === 'unknown')
    },
    15_000,
  )

  it.each(Object.keys(bodies) as (keyof typeof bodies)[])('lets the status decide, whatever stands behind it: %s', async (name) => {
    const options: Partial<HttpOptions> = name === 'noJson' ? { capture: { id: 'id' } } : {}
    for (const [status, expected] of [
      [200, 'done'],
      [422, 'refused'],
    ] as const) {
      const url = await bench.http((_, response) => bodies[name](response, status))
      const outcome = await bench.send({ url, timeoutMs: 300, ...options })
      expect(outcome).toMatchObject({ outcome: expected, status })
      expect(outcome.detail?.captured).toBeUndefined()
      if (status === 200) expect(outcome.detail?.errorClass ?? null).toBe(bodyRules[name].errorClass)
    }
  })

  it('passes over interim answers', async () => {
    const url = await bench.bytes('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}')
    expect(await bench.send({ url })).toMatchObject({ outcome: 'done', status: 201, detail: { answer: '{}' } })
  })

  it('takes a record that is not there for deleted at a repeat, and never at the first try', async () => {
    const url = await bench.http((_, response) => void response.writeHead(404).end())
    const outcomes: string[] = []
    for (const [method, attempt] of [
      ['DELETE', 1],
      ['DELETE', 2],
      ['DELETE', 9],
      ['PUT', 2],
    ] as const)
      outcomes.push((await bench.send({ url, method }, { attempt })).outcome)
    expect(outcomes).toEqual(['refused', 'done', 'done', 'refused'])
  })

  it('believes a 409 at the first try, and from the fourth on', async () => {
    const url = await bench.http((_, response) => void response.writeHead(409).end())
    const outcomes: string[] = []
    for (const attempt of [1, 2, 3, 4, 50]) outcomes.push((await bench.send({ url }, { attempt })).outcome)
    expect(outcomes).toEqual(['refused', 'retry', 'retry', 'refused', 'refused'])
  })
})

function expectDecided({ decision, errorClass }: StatusRule | FailureRule, outcome: SinkOutcome): void {
  const [name, scope] = decision.split('_')
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ outcome: name, ...(scope === undefined ? {} : { scope }) })
  expect(outcome.detail?.errorClass ?? null).toBe(errorClass)
}

function nameOf({ status, toRepeat, toDelete, withRetryAfter }: StatusRule): string {
  const shown = typeof status === 'number' ? String(status) : `another ${status[0]}–${status[1]}`
  return `${shown}${toRepeat ? ' to a repeat' : ''}${toDelete ? ' of a DELETE' : ''}${withRetryAfter ? ' with Retry-After' : ''}`
}

/** A status that this row alone is for. */
function statusOf({ status }: StatusRule): number {
  if (typeof status === 'number') return status
  for (let one = status[0]; one <= status[1]; one++) if (!statusRules.some((rule) => rule.status === one)) return one
  throw new Error('other rows leave nothing to this one')
}
