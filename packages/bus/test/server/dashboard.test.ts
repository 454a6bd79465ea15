import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { silentLog } from '#dist/observe/log.js'
import { openProject } from '#dist/open-project.js'
import { loadProject } from '#dist/registry/load-project.js'
import { startServer } from '#dist/server/start-server.js'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}

const file = new URL('../../../../deploy/grafana/hms-sync.json', import.meta.url)
const dashboard: { readonly panels: readonly Panel[]; readonly templating: object } = JSON.parse(await readFile(file, 'utf8'))
const panels = dashboard.panels.filter(({ type }) => type !== 'row')

it('asks for nothing that a running bus does not expose', async () => {
  const exposed = await exposedBy(await runningBus())
  const asked = new Set(JSON.stringify(dashboard).match(/\b(?:hms_sync|process|nodejs)_[a-z\d_]+/g))
  expect(asked.size).toBeGreaterThan(20)
  expect([...asked].filter((name) => !exposed.has(name))).toEqual([])
})

it('shows every figure of a group', async () => {
  const exposed = await exposedBy(await runningBus())
  const ofGroups = [...exposed].filter((name) => /^hms_sync_group_/.test(name) && !/_(bucket|sum|count)$/.test(name))
  const asked = JSON.stringify(dashboard)
  // What a filter leaves out is no trouble of anybody's.
  expect(ofGroups.filter((name) => !asked.includes(name))).toEqual(['hms_sync_group_filtered_total'])
})

it('says what each panel shows, each in a place of its own', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  for (const { title, description, targets } of panels) {
    expect([title, description?.endsWith('.'), (targets?.length ?? 0) > 0]).toEqual([title, true, true])
    for (const { expr } of targets ?? []) expect(expr.match(/[({[]/g)?.length ?? 0).toBe(expr.match(/[)}\]]/g)?.length ?? 0)
  }
  for (const one of dashboard.panels) {
    const { x, y, w, h } = one.gridPos
    expect(x + w).toBeLessThanOrEqual(24)
    for (const { id, gridPos } of dashboard.panels) {
      const apart = x + w <= gridPos.x || gridPos.x + gridPos.w <= x || y + h <= gridPos.y || gridPos.y + gridPos.h <= y
      expect(apart || id === one.id, `${one.title} lies on another panel`).toBe(true)
    }
  }
})

/** The metrics page of a bus with a topic, a group and an adapter. */
async function runningBus(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-dashboard-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'topics.yaml'), 'permits: { key: permitId, consumers: [clinic] }\n')
  const project = await loadProject({ folder, env: {} })
  const { bus, close } = await openProject(project, { log: silentLog })
  const server = await startServer({ bus, limits: project.config.limits, host: '127.0.0.1', port: 0, log: silentLog })
  onTestFinished(async () => {
    await server.close()
    await close()
  })
  return (await fetch(`${server.url}/metrics`)).text()
}

/** Every name that can be asked for: a histogram has three. */
async function exposedBy(text: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const [, name, type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    names.add(name!)
    if (type === 'histogram') for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`)
  }
  return names
}
