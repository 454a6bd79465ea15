import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OpenedProject, openProject } from '#dist/open-project.js'
import { loadProject } from '#dist/registry/load-project.js'
import { TestTarget } from '../../../adapter/test/test-target.js'
import { TestLog } from './test-project.js'

let target: TestTarget
let folder: string
let opened: OpenedProject | undefined
let log: TestLog

beforeEach(async () => {
  target = await TestTarget.start()
  folder = mkdtempSync(join(tmpdir(), 'hms-sync-test-adapter-'))
  log = new TestLog()
})
afterEach(async () => {
  await opened?.close()
  opened = undefined
  await target.close()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

async function open(files: Readonly<Record<string, string>>): Promise<OpenedProject> {
  for (const [name, text] of Object.entries(files)) write(name, text)
  opened = await openProject(await loadProject({ folder, env: {} }), { log })
  return opened
}

const topics = 'permitApproved:\n  key: permit.id\nother: {}\n'
const yaml = (map: string) => `url: ${target.url}/permits/{permit.id}\ntopics: permitApproved\nmatch:\n  kind: fire\nmap:\n  n: ${map}\n`
const fire = { kind: 'fire', permit: { id: 7 } }

describe('testing an adapter', () => {
  it('shows what would be sent for an event, by its file as it is now, and sends nothing', async () => {
    const { adapters } = await open({ 'topics.yaml': topics, 'adapters/scheduling.yaml': yaml('permit.id') })
    write('adapters/scheduling.yaml', yaml('permit.id + 1'))
    const tests = await adapters.test('scheduling', {
      events: [{ payload: fire }, { payload: { kind: 'water', permit: { id: 1 } }, topic: 'permitApproved' }],
    })
    expect(tests).toMatchObject([
      { event: { topic: 'permitApproved', key: '7', payload: fire }, sinks: [{ kind: 'http', verdict: 'sends', value: { n: 8 } }] },
      { sinks: [{ verdict: 'skips', reason: 'match: kind is not "fire"' }] },
    ])
    expect(tests[0]?.sinks[0]).toMatchObject({ request: expect.stringContaining(`POST ${target.url}/permits/7`) })
    expect(target.got).toEqual([])
    expect(adapters.stats()).toMatchObject([{ name: 'scheduling', state: 'running', restarts: 0 }])
  })

  it('takes what the log has received since', async () => {
    const { bus, adapters } = await open({ 'topics.yaml': topics, 'adapters/scheduling.yaml': `url: ${target.url}\n` })
    await bus.publish({ name: 'hms' }, 'permitApproved', [{ payload: fire }, { payload: { permit: { id: 8 } } }])
    await bus.publish({ name: 'hms' }, 'other', [{ payload: 'x' }])
    await vi.waitFor(() => expect(target.got).toHaveLength(3))
    const tests = await adapters.test('scheduling', { since: '1h' })
    expect(tests.map(({ event }) => [event.topic, event.source])).toEqual([
      ['permitApproved', 'hms'],
      ['permitApproved', 'hms'],
      ['other', 'hms'],
    ])
    expect(await adapters.test('scheduling', { since: '2050-01-01T00:00:00Z' })).toEqual([])
  })

  it('names a fault of the file, and of what was asked', async () => {
    const { adapters } = await open({ 'topics.yaml': topics, 'adapters/scheduling.yaml': `url: ${target.url}\nmapp: {}\n` })
    expect(adapters.stats()).toMatchObject([{ state: 'failed' }])
    await expect(adapters.test('scheduling', { since: 'all' })).rejects.toMatchObject({
      code: 'adapter_failed',
      message: expect.stringMatching(/scheduling\.yaml:2:\d+: .*did you mean "map"/),
    })
    write('adapters/scheduling.yaml', `url: ${target.url}\n`)
    await expect(adapters.test('nobody', { since: 'all' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(adapters.test('scheduling', { events: [{ payload: 1 }] })).rejects.toThrow(/Say of which topic.*permitApproved, other/)
    await expect(adapters.test('scheduling', { events: [{ topic: 'nix', payload: 1 }] })).rejects.toMatchObject({ code: 'unknown_topic' })
    await expect(adapters.test('scheduling', { events: Array(101).fill({ topic: 'other', payload: 1 }) })).rejects.toMatchObject({
      code: 'too_large',
    })
  })

  it('stops no adapter that runs when the mapping loops', async () => {
    const { adapters } = await open({
      'topics.yaml': topics,
      'adapters/loops.js': `export default { url: '${target.url}', topics: 'other', map: () => { for (;;); } }`,
    })
    await expect(adapters.test('loops', { events: [{ payload: 1 }] })).rejects.toThrow(/While it was tested it did not come back/)
    expect(adapters.stats()).toMatchObject([{ state: 'running' }])
  }, 30_000)
})

describe('YAML adapters, which share a worker', () => {
  it('are started again when the mapping of another one takes too long in a single step', async () => {
    const { bus, adapters } = await open({
      'topics.yaml': 'bad: {}\ngood: {}\n',
      // Billions of comparisons in one step, so that the expression's time is not looked at meanwhile.
      'adapters/hog.yaml': `url: ${target.url}/hog\ntopics: bad\nmap:\n  n: $count($distinct(list))\n`,
      'adapters/other.yaml': `url: ${target.url}/other\ntopics: good\n`,
    })
    await bus.publish({ name: 'hms' }, 'bad', [{ payload: { list: Array.from({ length: 60_000 }, (_, n) => ({ n })) } }])
    await vi.waitFor(() => expect(adapters.stats().find(({ name }) => name === 'other')?.restarts).toBe(1), 20_000)
    await bus.publish({ name: 'hms' }, 'good', [{ payload: 2 }])
    await vi.waitFor(() => expect(target.got.map(({ path }) => path)).toEqual(['/other']), 10_000)
    expect(adapters.stats()).toMatchObject([
      { name: 'hog', state: 'failed', reason: expect.stringMatching(/hog\.yaml did not come back for 5000 ms.*while it mapped event/) },
      { name: 'other', state: 'running' },
    ])
  }, 60_000)
})
