import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Bus } from '@hms-sync/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openBus } from '#dist/open-bus.js'
import { TestTarget } from '../../../adapter/test/test-target.js'

let pager: TestTarget
let scheduling: TestTarget
let folder: string
let bus: Bus | undefined

beforeEach(async () => {
  ;[pager, scheduling] = [await TestTarget.start(), await TestTarget.start()]
  folder = mkdtempSync(join(tmpdir(), 'hms-sync-notices-'))
  process.env.HMS_SYNC_LOG_LEVEL = 'silent'
})
afterEach(async () => {
  await bus?.close()
  bus = undefined
  await Promise.all([pager.close(), scheduling.close()])
  rmSync(folder, { recursive: true, force: true })
})

async function open(files: Readonly<Record<string, string>>): Promise<Bus> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  bus = await openBus({ folder, name: 'hms-svc' })
  return bus
}

const told = () => pager.got.map(({ body }) => body as { readonly cause: string; readonly subject: string })
const causes = (subject: string) =>
  told()
    .filter((notice) => notice.subject === subject)
    .map(({ cause }) => cause)
const files = () => ({
  'topics.yaml': 'permits: { key: id }\n',
  'adapters/pager.yaml': `url: ${pager.url}\ntopics: hms.sync.notices\n`,
  'adapters/scheduling.yaml': `url: ${scheduling.url}\ntopics: permits\n`,
})

describe('an adapter on the topic of notices', () => {
  it('hears that another one’s system is out of reach, and that it is back', async () => {
    const opened = await open(files())
    const { port } = scheduling
    await scheduling.close()
    await opened.publish('permits', { id: 1 })
    await vi.waitFor(() => expect(causes('scheduling')).toEqual(['target_failing']), 10_000)
    scheduling = await TestTarget.start(port)
    await vi.waitFor(() => expect(causes('scheduling')).toEqual(['target_failing', 'target_recovered']), 20_000)
    expect(scheduling.got.map(({ body }) => body)).toEqual([{ id: 1 }])
  }, 40_000)

  it('hears of a dead letter and of an adapter that stopped', async () => {
    scheduling.answer = (response) => response.writeHead(422).end()
    const opened = await open(files())
    await opened.publish('permits', { id: 1 })
    await vi.waitFor(() => expect(causes('scheduling')).toEqual(['dead_letter']), 10_000)
    await opened.close()
    await open({ 'adapters/broken.js': 'export default {' })
    await vi.waitFor(() => expect(causes('broken')).toEqual(['adapter_failed']), 10_000)
  }, 40_000)

  it('is told nothing of its own trouble with notices, and gets them when it is back', async () => {
    const opened = await open(files())
    const { port } = pager
    await pager.close()
    scheduling.answer = (response) => response.writeHead(422).end()
    await opened.publish('permits', { id: 1 })
    await vi.waitFor(() => expect(scheduling.got).toHaveLength(1), 10_000)
    pager = await TestTarget.start(port)
    await vi.waitFor(() => expect(told()).toHaveLength(1), 40_000)
    expect(causes('scheduling')).toEqual(['dead_letter'])
    const refusing = (response: Parameters<TestTarget['answer']>[0]) => response.writeHead(410).end()
    pager.answer = refusing
    await opened.publish('permits', { id: 2 })
    await opened.close()
    await open({ 'adapters/broken.js': 'export default {' })
    await vi.waitFor(() => expect(causes('broken')).toEqual(['adapter_failed']), 10_000)
    expect(causes('pager')).toEqual([])
  }, 60_000)
})
