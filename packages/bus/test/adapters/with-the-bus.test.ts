import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Bus } from '@hms-sync/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLog } from '#dist/observe/log.js'
import { openBus } from '#dist/open-bus.js'
import { openProject } from '#dist/open-project.js'
import { loadProject } from '#dist/registry/load-project.js'
import { TestTarget } from '../../../adapter/test/test-target.js'

let target: TestTarget
let folder: string
let bus: Bus | undefined
let errors: Error[]

beforeEach(async () => {
  target = await TestTarget.start()
  folder = mkdtempSync(join(tmpdir(), 'hms-sync-bus-'))
  errors = []
})
afterEach(async () => {
  await bus?.close()
  bus = undefined
  await target.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(files: Readonly<Record<string, string>> = {}, dev = false): Promise<Bus> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  process.env.HMS_SYNC_LOG_LEVEL = 'silent'
  bus = await openBus({ folder, dev, name: 'hms-svc', onError: (error) => errors.push(error) })
  return bus
}

const bodies = () => target.got.map(({ body }) => body as { readonly permitId: number })
const scheduling = () =>
  `export default { url: '${target.url}/api/slots', method: 'POST', map: (event) => ({ permitId: event.id, key: event.key, what: event.type }) }`

describe('an adapter file on the bus', () => {
  it('gets what was published while its target was down, in order per key, with one key for all tries', async () => {
    const files = { 'topics.yaml': 'permitApproved:\n  key: key\n', 'adapters/scheduling.js': scheduling() }
    const opened = await open(files)
    const { port } = target
    await target.close()
    for (let id = 0; id < 60; id++) await opened.publish('permitApproved', { id, key: `k${id % 5}` })
    await opened.close()

    target = await TestTarget.start(port)
    const tries = new Map<number, string[]>()
    target.answer = (response, got) => {
      const { permitId } = got.body as { permitId: number }
      const before = tries.get(permitId) ?? []
      tries.set(permitId, [...before, String(got.headers['idempotency-key'])])
      // Half of the events need a second try.
      response.writeHead(before.length === 0 && permitId % 2 === 0 ? 503 : 200).end()
    }
    await open()
    await vi.waitFor(() => expect(tries.size).toBe(60), 25_000)
    await vi.waitFor(() => expect([...tries.values()].filter((keys) => keys.length > 1).length).toBeGreaterThanOrEqual(30), 25_000)
    for (const keys of tries.values()) expect(new Set(keys).size).toBe(1)
    for (let key = 0; key < 5; key++) {
      const order = bodies()
        .map(({ permitId }) => permitId)
        .filter((id) => id % 5 === key)
      expect(order).toEqual([...order].sort((a, b) => a - b))
    }
    expect(bodies()[0]).toMatchObject({ what: 'permitApproved' })
  }, 60_000)

  it('is not sent again what it has taken, after a restart', async () => {
    const opened = await open({ 'topics.yaml': 'permitApproved: {}\n', 'adapters/scheduling.js': scheduling() })
    for (let id = 0; id < 20; id++) await opened.publish('permitApproved', { id })
    await vi.waitFor(() => expect(target.got).toHaveLength(20))
    await opened.close()
    const again = await open()
    await again.publish('permitApproved', { id: 20 })
    await vi.waitFor(() => expect(bodies().map(({ permitId }) => permitId)).toContain(20))
    expect(target.got).toHaveLength(21)
  })

  it('that loops without end is not noticed by who publishes', async () => {
    const opened = await open({
      'topics.yaml': 'permitApproved: {}\n',
      'adapters/loops.js': `export default { url: '${target.url}/loops', map: () => { for (;;); } }`,
      'adapters/exits.js': `export default { url: '${target.url}/exits', map: () => process.exit(1) }`,
      'adapters/scheduling.yaml': `url: ${target.url}/good\nmap:\n  permitId: id\n`,
    })
    for (let id = 0; id < 30; id++) await opened.publish('permitApproved', { id }, { timeoutMs: 2_000 })
    await vi.waitFor(() => expect(bodies().map(({ permitId }) => permitId)).toHaveLength(30))
    expect(target.got.every(({ path }) => path === '/good')).toBe(true)
  })
})

describe('an adapter file with --dev', () => {
  it('gets the first event of a topic that comes into being by it', async () => {
    const opened = await open({ 'adapters/scheduling.js': scheduling() }, true)
    await opened.publish('permitApproved', { id: 1 })
    await opened.publish('permitClosed', { id: 2 })
    await vi.waitFor(() => expect(bodies().map(({ permitId }) => permitId)).toEqual([1, 2]))
  })
})

describe('an adapter registered at run time', () => {
  it('is the connector of the seeds', async () => {
    const eventBus = await open({ 'topics.yaml': 'permitApproved: {}\n' })
    await eventBus.connectors.register('scheduling', {
      url: `${target.url}/api/slots`,
      method: 'POST',
      map: (event: { id: number; approvedDate: string; inspectorName: string }) => ({
        permitId: event.id,
        date: event.approvedDate,
        inspector: event.inspectorName,
      }),
    })
    await eventBus.emit({ type: 'permitApproved', id: 123, approvedDate: '2024-06-01', inspectorName: 'Lee' })
    await vi.waitFor(() => expect(bodies()).toEqual([{ permitId: 123, date: '2024-06-01', inspector: 'Lee' }]))
  })

  it('tries again what failed, and goes on where it was after it was closed', async () => {
    const opened = await open({ 'topics.yaml': 'permitApproved:\n  consumers: [scheduling]\n' })
    await opened.publish('permitApproved', { id: 1 })
    let failures = 2
    target.answer = (response) => response.writeHead(failures-- > 0 ? 500 : 200).end()
    const registered = await opened.adapters.register('scheduling', {
      url: target.url,
      topics: ['permitApproved'],
      retry: ['50ms'],
      maxAttempts: 5,
    })
    await vi.waitFor(() => expect(target.got).toHaveLength(3), 15_000)
    expect(new Set(target.got.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    await registered.close()
    await opened.publish('permitApproved', { id: 2 })
    await opened.adapters.register('scheduling', { url: target.url, topics: ['permitApproved'] })
    await vi.waitFor(() => expect(target.got.map(({ body }) => body)).toContainEqual({ id: 2 }))
    expect(target.got).toHaveLength(4)
  }, 40_000)

  it('gives up the event that its mapping cannot take, and none else', async () => {
    const opened = await open({ 'topics.yaml': 'permitApproved: {}\n' })
    await opened.adapters.register('scheduling', {
      url: target.url,
      all: true,
      map: (event: { id: number }) => {
        if (event.id === 1) throw new Error('no')
        return event
      },
    })
    for (const id of [0, 1, 2]) await opened.publish('permitApproved', { id })
    await vi.waitFor(() => expect(target.got).toHaveLength(2))
    expect(target.got.map(({ body }) => (body as { id: number }).id).sort((a, b) => a - b)).toEqual([0, 2])
  })

  it('takes topics by pattern, also one that comes later, and sends them to several sinks', async () => {
    const opened = await open({ 'topics.yaml': 'permits.approved: {}\nother: {}\n' }, true)
    await opened.adapters.register('scheduling', {
      sinks: [
        { topics: ['permits.*'], match: { kind: 'fire' }, map: { fire: 'id' }, to: { http: { url: target.url } } },
        { topics: 'permits.*', match: { '$event.topic': 'permits.closed' }, filter: 'id > 1', to: { http: { url: target.url } } },
      ],
    })
    await opened.publish('permits.approved', { id: 1, kind: 'fire' })
    await opened.publish('other', { id: 2, kind: 'fire' })
    await opened.publish('permits.closed', { id: 3, kind: 'fire' })
    await vi.waitFor(() => expect(target.got).toHaveLength(3))
    expect(target.got.map(({ body }) => body)).toEqual(expect.arrayContaining([{ fire: 1 }, { fire: 3 }, { id: 3, kind: 'fire' }]))
  })

  it('takes the topics that list it, without naming any, and all without a list when none does', async () => {
    const opened = await open({ 'topics.yaml': 'mine:\n  consumers: [scheduling]\nfree: {}\nforeign:\n  consumers: [ehr]\n' })
    await opened.adapters.register('scheduling', { url: `${target.url}/scheduling` })
    await opened.adapters.register('unlisted', { url: `${target.url}/unlisted` })
    for (const topic of ['foreign', 'free', 'mine']) await opened.publish(topic, { topic })
    await vi.waitFor(() => expect(target.got).toHaveLength(2))
    expect(target.got.map(({ path, body }) => [path, body] as const).sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['/scheduling', { topic: 'mine' }],
      ['/unlisted', { topic: 'free' }],
    ])
  })

  it('stops when its only topic is removed, and takes up work when the topic is back', async () => {
    await (await open({ 'topics.yaml': 'permitApproved: {}\nother.one: {}\n', 'adapters/scheduling.js': scheduling() })).close()
    writeFileSync(
      join(folder, 'adapters/every.js'),
      `export default { topics: '*', url: '${target.url}/every', map: (event) => ({ permitId: event.id }) }`,
    )
    writeFileSync(join(folder, 'adapters/scheduling.js'), scheduling().replace('{', "{ topics: ['permitApproved'],"))
    const load = () => loadProject({ folder, env: {} })
    const opened = await openProject(await load(), { log: silentLog })
    try {
      const apply = async (topics: string) => {
        writeFileSync(join(folder, 'topics.yaml'), topics)
        const project = await load()
        await opened.bus.apply(project, ['permitApproved'])
        const between = opened.adapters.stats()
        await opened.adapters.apply(project)
        return [between, opened.adapters.stats()]
      }
      const publish = (id: number) => opened.bus.publish({ name: 'hms-svc' }, 'permitApproved', [{ payload: { id } }])
      await publish(1)
      await vi.waitFor(() => expect(target.got).toHaveLength(2))
      const [between, after] = await apply('other.one: {}\n')
      const gone = expect.stringContaining('permitApproved was removed')
      expect(between).toMatchObject([
        { topics: [], reason: gone },
        { topics: [], reason: gone },
      ])
      expect(after).toMatchObject([
        { name: 'every', state: 'running', topics: [] },
        { name: 'scheduling', state: 'failed', reason: expect.stringContaining('names the topic "permitApproved"') },
      ])
      const [, back] = await apply('permitApproved: {}\nother.one: {}\n')
      expect(back).toMatchObject([
        { name: 'every', state: 'running', topics: ['permitApproved'] },
        { name: 'scheduling', state: 'running', topics: ['permitApproved'] },
      ])
      expect(back!.map(({ reason }) => reason)).toEqual([undefined, undefined])
      await publish(2)
      await vi.waitFor(() => expect(bodies().map(({ permitId }) => permitId)).toEqual([1, 1, 2, 2]))
    } finally {
      await opened.close()
    }
  }, 30_000)

  it('is refused on a topic that is exactly_once when it can only repeat, unless that is accepted', async () => {
    const opened = await open({ 'topics.yaml': 'ledger: { qos: exactly_once }\nplain: {}\n' })
    const batches = { url: target.url, batch: { size: 10 } }
    await expect(opened.adapters.register('books', { ...batches, topics: 'ledger' })).rejects.toThrow(
      /acceptDuplicates: true.*ledger is exactly_once/,
    )
    await (await opened.adapters.register('books', { ...batches, topics: 'plain' })).close()
    await opened.adapters.register('books', { ...batches, topics: ['ledger', 'plain'], acceptDuplicates: true })
    await opened.publish('ledger', { id: 1 })
    await vi.waitFor(() => expect(target.got).toHaveLength(1))
  })

  it('is refused with every fault at once', async () => {
    const opened = await open({ 'topics.yaml': 'permitApproved: {}\n' })
    await expect(opened.adapters.register('scheduling', { ulr: target.url })).rejects.toThrow(
      /The adapter "scheduling" has 2 faults:.*ulr.*did you mean "url".*url: write where/s,
    )
    await expect(opened.adapters.register('a/b', { url: target.url })).rejects.toThrow(/An adapter's name has/)
    await expect(opened.adapters.register('scheduling', { url: target.url, topics: ['permits*'] })).rejects.toThrow(
      /write "\*" alone between dots/,
    )
    await expect(opened.adapters.register('scheduling', { url: target.url, topics: ['nothing'] })).rejects.toMatchObject({
      code: 'unknown_topic',
    })
  })
})
