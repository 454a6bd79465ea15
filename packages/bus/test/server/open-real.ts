import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { silentLog } from '#dist/observe/log.js'
import { openProject } from '#dist/open-project.js'
import { loadProject } from '#dist/registry/load-project.js'
import type { AdaptersView } from '#dist/server/route.js'
import { startServer } from '#dist/server/start-server.js'

/** The server over the whole bus on the embedded engine, in a folder of its own with these files. */
export async function openReal(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-http-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const reload = () => loadProject({ folder, env: {} })
  const project = await reload()
  const opened = await openProject(project, { log: silentLog })
  const { bus } = opened
  const adapters: AdaptersView = {
    list: () => opened.adapters.stats(),
    reload: (name) => opened.adapters.reload(name),
    test: (name, request) => opened.adapters.test(name, request),
  }
  const server = await startServer({ bus, adapters, limits: project.config.limits, host: '127.0.0.1', port: 0, log: silentLog, reload })
  onTestFinished(async () => {
    await server.close()
    await opened.close()
  })
  const go = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    go(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { ...server, folder, fetch: go, post, json: async <T>(answer: Response | Promise<Response>) => (await (await answer).json()) as T }
}
