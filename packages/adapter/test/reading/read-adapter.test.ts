import { describe, expect, it } from 'vitest'
import { defineAdapter, http } from '#dist/index.js'
import { readAdapter } from '#dist/reading/read-adapter.js'
import type { AdapterConfig } from '../../src/adapter.js'
import { eventOf, onlyRoute } from '../test-target.js'

const url = 'http://127.0.0.1:9000/api/slots'

function faultsOf(config: unknown): readonly { pointer: string; message: string }[] {
  try {
    readAdapter(config)
  } catch (error) {
    return (error as { faults: { pointer: string; message: string }[] }).faults
  }
  return []
}

describe('defineAdapter', () => {
  it('takes the short form as it is printed', () => {
    const adapter = defineAdapter({ url: 'https://city-schedule.gov/api/slots', method: 'POST', map: (event) => ({ permitId: event.id }) })
    expect(adapter.routes).toHaveLength(1)
    expect(adapter.routes[0]).toMatchObject({
      topics: { kind: 'declared' },
      to: { kind: 'http', target: 'https://city-schedule.gov', concurrency: 64 },
    })
  })

  it('takes the full form, and what it gave back already', () => {
    const adapter = defineAdapter({
      name: 'treasury-payroll',
      sinks: [
        {
          topics: ['hr.employee.updated'],
          to: http({ url }),
          map: ({ employeeNumber, salaryCents }) => ({ EMP_NO: employeeNumber, PAY_AMT: salaryCents / 100 }),
        },
      ],
    })
    expect(adapter).toMatchObject({ name: 'treasury-payroll', routes: [{ topics: { kind: 'named', patterns: ['hr.employee.updated'] } }] })
    expect(readAdapter(adapter)).toBe(adapter)
  })

  it('sends the payload itself where there is no map', async () => {
    const route = onlyRoute({ url })
    expect(route.map({ type: 't', id: 7 }, eventOf({ id: 7 }))).toEqual({ id: 7 })
  })

  it('reads topics as a name, a list, a pattern or all', () => {
    expect(onlyRoute({ url, topics: 'a' }).topics).toEqual({ kind: 'named', patterns: ['a'] })
    expect(onlyRoute({ url, topics: ['permits.*'] }).topics).toEqual({ kind: 'named', patterns: ['permits.*'] })
    expect(onlyRoute({ url, all: true }).topics).toEqual({ kind: 'all' })
    expect(onlyRoute({ url, all: false }).topics).toEqual({ kind: 'declared' })
  })

  it('names all faults at once, with what to write', () => {
    const faults = faultsOf({
      ulr: url,
      topics: ['permits*', '*..b'],
      all: 1,
      match: { 'a b': 1, kind: { deep: 1 }, list: [] },
      filter: 'fee >',
      map: 7,
      name: 'a/b',
      rateLimit: { perSecond: 0, perMinute: 3 },
      retry: ['5s', 'soon'],
      maxAttempts: 0,
      pauseAfter: '1ms',
      acceptDuplicates: 'yes',
    })
    expect(faults).toEqual([
      { pointer: '/name', message: expect.stringContaining('letters') },
      { pointer: '/rateLimit/perMinute', message: expect.stringContaining('known are perSecond, concurrent') },
      { pointer: '/rateLimit/perSecond', message: expect.stringContaining('from 1 to 1,000,000') },
      { pointer: '/retry/1', message: expect.stringContaining('such as 500ms') },
      { pointer: '/pauseAfter', message: expect.stringContaining('1s to 365d') },
      { pointer: '/acceptDuplicates', message: expect.stringContaining('write true') },
      { pointer: '/maxAttempts', message: expect.stringContaining('or null') },
      { pointer: '/ulr', message: expect.stringContaining('did you mean "url"') },
      { pointer: '/all', message: expect.stringContaining('write true') },
      { pointer: '/topics/0', message: expect.stringContaining('"permits.*"') },
      { pointer: '/topics/1', message: expect.stringContaining('between two dots') },
      { pointer: '/match/a b', message: expect.stringContaining('is not a path') },
      { pointer: '/match/kind', message: expect.stringContaining('write a deeper field as a path') },
      { pointer: '/match/list', message: expect.stringContaining('a list of 1 to 1000') },
      { pointer: '/filter', message: expect.stringMatching(/nor a JSONata expression: at character 5: Unexpected end/) },
      { pointer: '/map', message: expect.stringContaining('map: (event) =>') },
      { pointer: '/url', message: expect.stringContaining('https://city-schedule.gov/api/slots') },
    ])
  })

  it('reads how deliveries are treated, and watches the system behind in any case', () => {
    expect(readAdapter({ url }).policy).toEqual({ target: {} })
    const adapter = readAdapter({
      url,
      rateLimit: { perSecond: 50, concurrent: 4 },
      retry: ['5s', '5m'],
      maxAttempts: null,
      pauseAfter: '1d',
      acceptDuplicates: true,
    })
    expect(adapter).toMatchObject({
      policy: { maxAttempts: null, retryMs: [5_000, 300_000], target: { ratePerSecond: 50, pauseAfterMs: 86_400_000 } },
      acceptDuplicates: true,
      routes: [{ concurrency: 4 }],
    })
  })

  it('takes several sinks, made by functions or written as data, and one sink beside the other keys', () => {
    const adapter = readAdapter({
      sinks: [
        { topics: 'a', to: http({ url }) },
        { match: { kind: 'fire' }, to: { http: { url: 'http://127.0.0.1:9001' } } },
      ],
      rateLimit: { concurrent: 2 },
    })
    expect(adapter.routes.map(({ to, concurrency }) => [to.target, concurrency])).toEqual([
      ['http://127.0.0.1:9000', 2],
      ['http://127.0.0.1:9001', 2],
    ])
    expect(readAdapter({ topics: 'a', to: { http: { url } } }).routes).toMatchObject([{ topics: { kind: 'named' }, to: { kind: 'http' } }])
  })

  it('says where a key belongs that stands in another place', () => {
    const sink = { topics: ['a'], to: http({ url }) }
    expect(faultsOf({ sinks: [{ ...sink, retry: ['5s'], url, kind: 1 }], map: { a: 'a' } })).toEqual([
      { pointer: '/map', message: expect.stringContaining('entries under sinks') },
      { pointer: '/sinks/0/retry', message: expect.stringContaining('beside sinks') },
      { pointer: '/sinks/0/url', message: expect.stringContaining('to: http({ url') },
      { pointer: '/sinks/0/kind', message: expect.stringContaining('no such key') },
    ])
    expect(faultsOf({ sinks: [{ to: { kind: 'sql' } }, 7] })).toEqual([
      { pointer: '/sinks/0/to/kind', message: expect.stringContaining('no such key') },
      { pointer: '/sinks/1', message: expect.stringContaining('write { topics') },
    ])
    expect(faultsOf({ sinks: [sink], sources: [] })).toEqual([
      { pointer: '/sources', message: expect.stringContaining('does not support it yet') },
    ])
    expect(faultsOf({ url, all: true, topics: ['a'] })).toEqual([{ pointer: '/all', message: expect.stringContaining('leave one out') }])
  })

  it.each([undefined, null, 7, 'x', [], () => {}])('says what to write when it gets %j', (config) => {
    expect(() => defineAdapter(config as unknown as AdapterConfig)).toThrow(/defineAdapter\(\{ url/)
  })

  it('compiles a mapping of paths, and names its faults by place', () => {
    const route = onlyRoute({
      url,
      map: {
        permitId: 'id',
        who: { name: 'inspector.name' },
        first: 'tags[0]',
        what: 'type',
        eventId: '$event.id',
        kind: "'slot'",
        n: 1,
        none: 'missing',
      },
    })
    expect(route.map({ type: 'permitApproved', id: 7, inspector: { name: 'Lee' }, tags: ['a', 'b'] }, eventOf({}))).toEqual({
      permitId: 7,
      who: { name: 'Lee' },
      first: 'a',
      what: 'permitApproved',
      eventId: 'e-1',
      kind: 'slot',
      n: 1,
    })
    expect(faultsOf({ url, map: { a: 'x +', b: { c: '' } } })).toEqual([
      { pointer: '/map/a', message: expect.stringContaining('neither a path nor a JSONata expression: at character 3: Unexpected end') },
      { pointer: '/map/b/c', message: expect.stringContaining('1 to 500 characters') },
    ])
  })
})
