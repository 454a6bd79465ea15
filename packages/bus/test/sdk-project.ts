import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '#dist/observe/log.js'
import { type OpenedProject, openProject } from '#dist/open-project.js'
import type { Project } from '#dist/registry/config.js'
import { loadProject } from '#dist/registry/load-project.js'

/** The keys that the SDK's suite asks for; none for a topic without one. */
const keys = ['', 'key', 'id', 'permit.id'] as const
const topicsOfEach = 60

export interface SdkProject extends OpenedProject {
  readonly project: Project
  readonly makeTopic: (options?: { readonly key?: string }) => Promise<string>
}

/** A real bus on the embedded engine with topics enough for every behaviour of the SDK's suite. */
export async function openSdkProject(): Promise<SdkProject> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-sdk-'))
  await writeFile(join(folder, 'topics.yaml'), topicsYaml())
  const project = await loadProject({ folder, env: {} })
  const opened = await openProject(project, { log: openLog('error') })
  const used = new Map<string, number>()
  return {
    ...opened,
    project,
    makeTopic: async ({ key = '' } = {}) => {
      const number = used.get(key) ?? 0
      used.set(key, number + 1)
      return topicName(key, number)
    },
    close: async () => {
      await opened.close()
      await rm(folder, { recursive: true })
    },
  }
}

function topicsYaml(): string {
  const lines = keys.flatMap((key) =>
    Array.from({ length: topicsOfEach }, (_, n) => `${topicName(key, n)}: {${key === '' ? '' : ` key: ${key} `}}\n`),
  )
  return lines.join('')
}

function topicName(key: string, number: number): string {
  return `t.${key === '' ? 'plain' : key}.${number}`
}
