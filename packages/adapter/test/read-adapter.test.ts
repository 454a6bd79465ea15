import { describe, expect, it } from 'vitest'
import { defineAdapter, http } from '#dist/index.js'
import { readAdapter } from '#dist/read-adapter.js'
import type { AdapterConfig } from '../src/adapter.js'
import { eventOf, onlyRoute } from './test-target.js'

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

  it('takes the full form with one HTTP sink, and what it gave back already', () => {
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
    expect(faultsOf({ ulr: url, topics: ['permits*', '*..b'], all: 1, map: 7, match: {}, name: 'a/b' })).toEqual([
      { pointer: '/name', message: expect.stringContaining('letters') },
      { pointer: '/ulr', message: expect.stringContaining('did you mean "url"') },
      { pointer: '/match', message: expect.stringContaining('does not support it yet') },
      { pointer: '/all', message: expect.stringContaining('write true') },
      { pointer: '/topics/0', message: expect.stringContaining('"permits.*"') },
      { pointer: '/topics/1', message: expect.stringContaining('between two dots') },
      { pointer: '/map', message: expect.stringContaining('map: (event) =>') },
      { pointer: '/url', message: expect.stringContaining('https://city-schedule.gov/api/slots') },
    ])
  })

  it('refuses by name what later versions will take', () => {
    const sink = { topics: ['a'], to: http({ url }) }
    expect(faultsOf({ sinks: [sink, sink] })).toEqual([{ pointer: '/sinks/1', message: expect.stringContaining('one sink an adapter') }])
    expect(faultsOf({ sinks: [{ to: { kind: 'sql', apply() {} } }] })).toEqual([
      { pointer: '/sinks/0/to', message: expect.stringContaining('no sink "sql"') },
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
      { pointer: '/map/a', message: expect.stringContaining('is not a path') },
      { pointer: '/map/b/c', message: expect.stringContaining('1 to 500 characters') },
    ])
  })
})
