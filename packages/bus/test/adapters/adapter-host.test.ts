import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AdapterHost } from '#dist/adapters/adapter-host.js'
import { type Clock, systemClock } from '#dist/clock.js'
import { Environment } from '#dist/registry/environment.js'
import { TestTarget } from '../../../adapter/test/test-target.js'
import { StandInBus } from './stand-in-bus.js'
import { TestLog, TestProject, topicOf } from './test-project.js'

let target: TestTarget
let host: AdapterHost | undefined
let folder: TestProject | undefined
let bus: StandInBus
let log: TestLog

beforeEach(async () => {
  target = await TestTarget.start()
  log = new TestLog()
})
afterEach(async () => {
  await host?.close()
  host = undefined
  folder?.remove()
  await target.close()
})

async function run(files: Readonly<Record<string, string>>, topics = [topicOf('permitApproved')], clock = systemClock): Promise<void> {
  folder = new TestProject(files, topics)
  bus = new StandInBus(topics)
  host = await AdapterHost.start({
    bus,
    project: folder.project,
    log,
    clock,
    limits: { watchdogMs: 2_000, loadTimeoutMs: 10_000, maxHeapMiB: 64 },
  })
}

const state = (name = 'scheduling') => host?.stats().find((stats) => stats.name === name)
const delivered = () => vi.waitFor(() => expect(bus.owed).toEqual([]), 10_000)
const bodies = () => target.got.map((got) => got.body)
const short = (map: string) => `export default { url: '${target.url}/api/slots', method: 'POST', map: ${map} }`

describe('an adapter file', () => {
  it('in the short form posts each event to its target', async () => {
    await run({
      'scheduling.js': `import { defineAdapter } from '@hms-sync/adapter'
        export default defineAdapter({ url: '${target.url}/api/slots', method: 'POST', map: event => ({ permitId: event.id, date: event.approvedDate, inspector: event.inspectorName }) })`,
    })
    bus.publish('permitApproved', { id: 123, approvedDate: '2024-06-01', inspectorName: 'Lee' })
    await delivered()
    expect(bodies()).toEqual([{ permitId: 123, date: '2024-06-01', inspector: 'Lee' }])
    expect(state()).toMatchObject({
      state: 'running',
      target: target.url,
      topics: ['permitApproved'],
      delivered: 1,
      failed: 0,
      inFlight: 0,
    })
    expect(bus.joined).toEqual([{ group: 'scheduling', topics: ['permitApproved'], ackTimeoutMs: 35_000, policy: { target: {} } }])
  })

  it('may be CommonJS, TypeScript, YAML, or in a folder of its own', async () => {
    await run({
      'old.js': `module.exports = { url: '${target.url}/old', map: (event) => ({ id: event.id }) }`,
      'typed.ts': `import { defineAdapter, type MapFunction } from '@hms-sync/adapter'
        interface Permit { readonly id: number }
        const map: MapFunction = (permit: Permit) => ({ id: permit.id })
        export default defineAdapter({ url: '${target.url}/typed' as string, map })`,
      'plain.yaml': `url: ${target.url}/plain\nmethod: PUT\nmap:\n  id: id\n  what: type\n  kind: "'slot'"\n  n: 1\n`,
      'other.yaml': `url: ${target.url}/other\n`,
    })
    expect(host?.stats().map(({ name, state, reason }) => [name, state, reason])).toEqual(
      ['old', 'other', 'plain', 'typed'].map((name) => [name, 'running', undefined]),
    )
  })

  it('runs as TypeScript and as YAML', async () => {
    await run(
      {
        'scheduling.ts': `import { defineAdapter } from '@hms-sync/adapter'
        export default defineAdapter({ topics: 'a', url: '${target.url}/typed', map: ({ id }: { id: number }) => ({ id }) })`,
        'plain.yaml': `topics: [b]\nurl: ${target.url}/plain\nmap:\n  id: id\n  who: inspector.name\n  event: $event.id\n`,
      },
      [topicOf('a'), topicOf('b')],
    )
    bus.publish('a', { id: 1 })
    bus.publish('b', { id: 2, inspector: { name: 'Lee' } }, { id: 'p-1' })
    await delivered()
    expect(target.got.map(({ path, body }) => ({ path, body })).sort((x, y) => (x.path < y.path ? -1 : 1))).toEqual([
      { path: '/plain', body: { id: 2, who: 'Lee', event: 'p-1' } },
      { path: '/typed', body: { id: 1 } },
    ])
  })

  it('reads secrets from the project’s environment, and files relative to its folder', async () => {
    folder = new TestProject({})
    await run({ 'scheduling.yaml': `url: ${target.url}\nheaders:\n  authorization: Bearer env:TEST_ADAPTER_KEY\n` })
    target.answer = (response, got) => response.writeHead(422).end(String(got.headers.authorization))
    bus.publish('permitApproved', { id: 1 })
    await vi.waitFor(() => expect(state()?.refused).toBe(1))
    expect(target.got[0]?.headers.authorization).toBe('Bearer topsecret-adapter-key')
    expect(JSON.stringify([log.lines, host?.stats()])).not.toContain('topsecret')
  })

  it.each([
    ['a.js', "export default {\n  url: 'x'\n  map: 1\n}", /a\.js:3:3: SyntaxError/],
    ['a.js', '\nexport default missing.url', /a\.js:2:16: ReferenceError: missing is not defined/],
    ['a.ts', "const n: number = 1\nexport default {\n  url: 'x'\n  map: n }", /a\.ts:4:3: SyntaxError/],
    ['a.ts', 'interface X { a: number }\nexport default (undefined as unknown as X).a', /a\.ts:2:\d+: TypeError/],
    [
      'a.yaml',
      'url: http://127.0.0.1:1\nmap:\n  id: "a b"\ntopics: [ok, "bad*"]\nmethd: PUT\n',
      /a\.yaml:3:7: .*\n.*a\.yaml:4|a\.yaml:5:\d+: /,
    ],
    ['a.yaml', 'url: [\n', /a\.yaml:\d+:\d+: /],
    ['a.js', 'export const x = 1', /a\.js: write export default defineAdapter/],
    [
      'a.js',
      "import { http } from '@hms-sync/adapter'\nexport default {\n  sinks: [\n    { topics: 'ok', to: http({ url: 'http://127.0.0.1:1' }) },\n    // second\n    { topics: 'bad*', match: { a: {} },\n      tos: 1 },\n  ],\n  retry: ['x'],\n}",
      /a\.js:9:11: .*\n.*a\.js:7:7: "tos".*\n.*a\.js:6:7: "topics.0".*\n.*a\.js:6:32: "a".*\n.*a\.js:6:5/,
    ],
    [
      'a.ts',
      "import { defineAdapter } from '@hms-sync/adapter'\n\nexport default defineAdapter({\n  url: 'http://127.0.0.1:1',\n  mpa: {} } as never)",
      /a\.ts:5:3: "mpa": .*did you mean "map"/,
    ],
    ['a.js', 'await new Promise(() => {})', /was not loaded within|called process\.exit/],
    ['a.js', 'for (;;);', /While it was loaded it did not come back for 2000 ms/],
    ['a.js', 'process.exit(3)', /While it was loaded it called process\.exit\(3\)/],
    ['a.js', "export default { url: 'http://127.0.0.1:1', name: 'b' }", /its file makes it "a"/],
  ])('%s with a fault is named with its place, and the others run', async (name, text, reason) => {
    folder = new TestProject({ [name]: text, 'scheduling.js': short('(e) => e') })
    bus = new StandInBus([topicOf('permitApproved')])
    host = await AdapterHost.start({
      bus,
      project: folder.project,
      log,
      clock: systemClock,
      limits: { watchdogMs: 2_000, loadTimeoutMs: 6_000, maxHeapMiB: 64 },
    })
    expect(state('a')).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) })
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error', fields: expect.objectContaining({ adapter: 'a' }) }))
    bus.publish('permitApproved', { id: 1 })
    await delivered()
  })
})

describe('an adapter', () => {
  it('delivers in order per key with the same Idempotency-Key at each try, when its target was down', async () => {
    await run({ 'scheduling.js': short('(e) => ({ key: e.key, n: e.n })') })
    const { port } = target
    await target.close()
    for (let n = 0; n < 40; n++) bus.publish('permitApproved', { key: n % 4, n }, { key: String(n % 4) })
    await vi.waitFor(() => expect(state()?.retried).toBeGreaterThan(4))
    expect(state()).toMatchObject({ delivered: 0, lastError: { reason: expect.stringContaining('refuses connections') } })
    target = await TestTarget.start(port)
    // The first time each event comes, its answer is lost on the way.
    const seen = new Map<number, string>()
    target.answer = (response, got) => {
      const { n } = got.body as { n: number }
      const key = String(got.headers['idempotency-key'])
      if (seen.has(n)) response.writeHead(seen.get(n) === key ? 200 : 400).end()
      else response.destroy()
      seen.set(n, key)
    }
    await delivered()
    expect(state()).toMatchObject({ delivered: 40, refused: 0 })
    expect(new Set(seen.values()).size).toBe(40)
    for (const key of [0, 1, 2, 3]) {
      const order = bodies()
        .filter((body) => (body as { key: number }).key === key)
        .map((body) => (body as { n: number }).n)
      expect(order).toEqual([...order].sort((a, b) => a - b))
    }
    expect(log.lines.filter(({ text }) => text.startsWith('An event could not'))).not.toHaveLength(0)
    expect(log.lines.filter(({ level }) => level === 'warn').length).toBeLessThan(10)
  })

  it('refuses one event when its map throws, and goes on with the rest', async () => {
    await run({
      'scheduling.js': `export default { url: '${target.url}',\n map: (e) => { if (e.id === 2) throw new Error('no such permit'); return e } }`,
    })
    for (const id of [1, 2, 3]) bus.publish('permitApproved', { id })
    await delivered()
    expect(state()).toMatchObject({
      state: 'running',
      delivered: 2,
      refused: 1,
      failed: 1,
      lastError: { reason: expect.stringMatching(/map threw at .*scheduling\.js:2:\d+: Error: no such permit/) },
    })
  })

  it.each([
    ['loops without end', 'for (;;);', /did not come back for 2000 ms.*while it mapped event e-1 of permitApproved/],
    ['calls process.exit', 'process.exit(7)', /called process\.exit\(7\), while it mapped event e-1/],
    [
      'throws outside of its mapping',
      'setTimeout(() => { throw new Error("stray") }); await 1; return new Promise(() => {})',
      /failed outside of its mapping: .*scheduling\.js:2:\d+: Error: stray/,
    ],
    [
      'rejects outside of its mapping',
      'void Promise.reject(new Error("lost")); return new Promise(() => {})',
      /failed outside of its mapping: .*Error: lost/,
    ],
    ['fills the memory', 'const hog = []; for (;;) hog.push(new Array(1000).fill(Math.random()))', /used more than 64 MiB of memory/],
  ])(
    'that %s stops with a notice, and nothing else does',
    async (_, fault, reason) => {
      await run(
        {
          'scheduling.js': `export default { url: '${target.url}/bad', map: async (e) => {\n if (e.id === 13) { ${fault} } return e } }`,
          'other.js': `export default { url: '${target.url}/good', topics: 'other' }`,
          'third.yaml': `url: ${target.url}/data\ntopics: [other]\n`,
        },
        [topicOf('permitApproved'), topicOf('other')],
      )
      bus.publish('permitApproved', { id: 12 })
      await delivered()
      bus.publish('permitApproved', { id: 13 })
      await vi.waitFor(() => expect(state()?.state).toBe('failed'), 10_000)
      expect(state()?.reason).toMatch(reason)
      expect(state()?.reason).toContain('scheduling.js')
      expect(bus.leaves).toEqual(['scheduling'])
      expect(bus.owed).toEqual(['e-1'])
      bus.publish('other', { id: 1 })
      await vi.waitFor(() => expect(bus.owed).toEqual(['e-1']))
      expect(state('other')).toMatchObject({ state: 'running' })
      expect(state('third')).toMatchObject({ state: 'running' })
    },
    30_000,
  )

  it('starts again by reload with its mended file, and takes up the event that was left', async () => {
    await run({ 'scheduling.js': short('() => process.exit(1)') })
    bus.publish('permitApproved', { id: 1 })
    await vi.waitFor(() => expect(state()?.state).toBe('failed'))
    await expect(host?.reload('nobody')).rejects.toMatchObject({ code: 'not_found' })
    folder?.write('scheduling.js', 'broken(')
    await expect(host?.reload('scheduling')).rejects.toMatchObject({ code: 'adapter_failed' })
    folder?.write('scheduling.js', short('(e) => e'))
    await host?.reload('scheduling')
    await delivered()
    expect(state()).toMatchObject({ state: 'running', restarts: 2, delivered: 1 })
  })

  it('does not serve a topic of exactly_once with a sink that may repeat its effect, unless it says that a repeat does no harm', async () => {
    const batches = `url: ${target.url}\nbatch: {size: 10}\n`
    await run({ 'scheduling.yaml': batches, 'known.yaml': `${batches}acceptDuplicates: true\n` }, [
      topicOf('permitApproved', { qos: 'exactly_once' }),
    ])
    expect(state()).toMatchObject({ state: 'failed', reason: expect.stringContaining('acceptDuplicates: true') })
    expect(state('known')).toMatchObject({ state: 'running' })
  })

  it('is loaded anew with the variables as they are then', async () => {
    await run({ 'scheduling.yaml': `url: ${target.url}\nauth: {bearer: 'env:TEST_ADAPTER_KEY'}\n` })
    await host?.reload('scheduling', new Environment({ TEST_ADAPTER_KEY: 'the-renewed-key' }))
    bus.publish('permitApproved', { id: 1 })
    await delivered()
    expect(target.got[0]?.headers.authorization).toBe('Bearer the-renewed-key')
  })

  it('is taken up, replaced and ended by the files that are there', async () => {
    await run({ 'scheduling.js': short('(e) => ({ was: e.id })'), 'idle.js': short('(e) => e') })
    folder?.write('scheduling.js', short('(e) => ({ now: e.id })'))
    folder?.write('fresh.yaml', `url: ${target.url}/fresh\ntopics: [none.*]\n`)
    folder?.forget('idle.js')
    if (folder !== undefined) await host?.apply(folder.project)
    expect(host?.stats().map(({ name, state, restarts }) => [name, state, restarts])).toEqual([
      ['fresh', 'running', 0],
      ['scheduling', 'running', 1],
    ])
    bus.publish('permitApproved', { id: 5 })
    await vi.waitFor(() => expect(bodies()).toEqual([{ now: 5 }]))
  })

  it('tries again what could not start when a project is applied, and leaves alone what an event ended', async () => {
    const topics = [topicOf('permitApproved', { consumers: ['clinic'] }), topicOf('other')]
    await run(
      {
        'scheduling.yaml': `url: ${target.url}\ntopics: [permitApproved]\n`,
        'waiting.yaml': `url: ${target.url}\ntopics: [none]\n`,
        'ended.js': `export default { url: '${target.url}', topics: 'other', map: () => process.exit(1) }`,
      },
      topics,
    )
    bus.publish('other', { id: 1 })
    await vi.waitFor(() => expect(state('ended')?.state).toBe('failed'), 10_000)
    expect(state()).toMatchObject({ state: 'failed', reason: expect.stringContaining('whose consumers leave it out') })
    bus.changeTopic(topicOf('permitApproved', { consumers: ['clinic', 'scheduling'] }))
    if (folder !== undefined) await host?.apply(folder.project)
    expect(host?.stats().map(({ name, state, restarts }) => [name, state, restarts])).toEqual([
      ['ended', 'failed', 0],
      ['scheduling', 'running', 1],
      ['waiting', 'failed', 1],
    ])
    bus.changeTopic(topicOf('permitApproved', { consumers: ['clinic'] }))
    if (folder !== undefined) await host?.apply(folder.project)
    expect(state()).toMatchObject({ state: 'failed' })
    bus.changeTopic(topicOf('permitApproved'))
    if (folder !== undefined) await host?.apply(folder.project)
    bus.publish('permitApproved', { id: 2 })
    await vi.waitFor(() => expect(bodies()).toEqual([{ id: 2 }]))
  })

  it('finds a variable that was set since, and none that was taken away', async () => {
    await run({ 'idle.yaml': `url: ${target.url}\ntopics: [none.*]\n` })
    if (folder === undefined) return
    folder.variables = { FRESH_KEY: 'a-fresh-key-77' }
    folder.write('scheduling.yaml', `url: ${target.url}\nauth:\n  bearer: env:FRESH_KEY\n`)
    folder.write('stale.yaml', `url: ${target.url}\nauth:\n  bearer: env:TEST_ADAPTER_KEY\n`)
    await host?.apply(folder.project)
    expect(state('stale')).toMatchObject({ state: 'failed', reason: expect.stringContaining('TEST_ADAPTER_KEY is not set') })
    bus.publish('permitApproved', { id: 1 })
    await vi.waitFor(() => expect(target.got[0]?.headers.authorization).toBe('Bearer a-fresh-key-77'))
  })

  it('receives a topic that came later', async () => {
    await run({ 'scheduling.yaml': `url: ${target.url}\ntopics: ['permits.*']\n` }, [topicOf('permits.approved')])
    expect(state()).toMatchObject({ topics: ['permits.approved'] })
    bus.addTopic(topicOf('permits.closed'))
    await host?.topicsChanged()
    expect(state()).toMatchObject({ topics: ['permits.approved', 'permits.closed'] })
    bus.publish('permits.closed', { id: 9 })
    await vi.waitFor(() => expect(bodies()).toEqual([{ id: 9 }]))
  })

  it('takes what became of an earlier delivery for no other one’s outcome, when a topic comes while its system hangs', async () => {
    const drainMs = 8_000
    const hurried: Clock = { ...systemClock, after: (ms, call) => systemClock.after(ms === drainMs ? 100 : ms, call) }
    const hanging: ServerResponse[] = []
    target.answer = (response) => {
      if (hanging.length < 2) hanging.push(response)
      else response.writeHead(200).end()
    }
    await run(
      { 'scheduling.js': `export default { url: '${target.url}/slots', concurrency: 2, topics: ['permits.*'], map: (permit) => permit }` },
      [topicOf('permits.approved')],
      hurried,
    )
    for (let id = 0; id < 6; id++) bus.publish('permits.approved', { id }, { key: `k${id}` })
    await vi.waitFor(() => expect(hanging).toHaveLength(2))
    bus.addTopic(topicOf('permits.closed'))
    await host?.topicsChanged()
    for (const response of hanging) response.writeHead(400).end()
    await delivered()
    expect(bus.settled.map(({ outcome }) => outcome.outcome)).toEqual(Array.from({ length: 6 }, () => 'done'))
  })

  it('prints into the log, escaped and cut, and not without bound', async () => {
    await run({
      'scheduling.js': `export default { url: '${target.url}', map: (e) => { console.log('permit\\u001b[31m', e.id); console.error('x'.repeat(5000)); for (let i = 0; i < 500; i++) console.log('line', i); return e } }`,
    })
    bus.publish('permitApproved', { id: 7 })
    await delivered()
    const printed = () => log.lines.filter(({ text }) => text === 'An adapter printed a line.')
    await vi.waitFor(() => expect(printed().length).toBeGreaterThan(2))
    await host?.close()
    expect(printed()[0]?.fields).toEqual({ adapter: 'scheduling', line: 'permit\\u001b[31m 7' })
    expect(printed().every(({ fields }) => String(fields.line).length <= 501)).toBe(true)
    expect(printed().length).toBeLessThan(100)
  })

  it('is named in the log for what Node warns of while its file is loaded', async () => {
    const warned = () => log.lines.filter(({ fields }) => String(fields.line).includes('the old way'))
    const answerOnceWarned = async (response: ServerResponse) => {
      await vi.waitFor(() => expect(warned()).toHaveLength(1), 5_000)
      response.end()
    }
    target.answer = (response) => void answerOnceWarned(response)
    await run({
      'scheduling.js': `process.emitWarning('the old way'); await fetch('${target.url}'); ${short('(e) => e')}`,
    })
    expect(warned().map(({ fields }) => fields.adapter)).toEqual(['scheduling'])
  })

  it('finishes what is under way when it is closed, and hands back what it cannot', async () => {
    await run({ 'scheduling.js': short('(e) => e') })
    target.answer = (response) => setTimeout(() => response.writeHead(200).end(), 150)
    bus.publish('permitApproved', { id: 1 })
    await vi.waitFor(() => expect(target.got).toHaveLength(1))
    await host?.close()
    await host?.close()
    expect(bus.owed).toEqual([])
    expect(host?.stats()).toEqual([])
  })
})
