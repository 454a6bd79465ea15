import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bus } from '@hms-sync/client'
import { busOver, type ChannelHandlers } from '@hms-sync/client/channel'
import { openLog } from '#dist/observe/log.js'
import { openProject } from '#dist/open-project.js'
import { loadProject } from '#dist/registry/load-project.js'
import { sessionChannel } from '#dist/session/session-channel.js'
import { describeSdk } from '../../../client/test/sdk-suite.js'

const keys = ['', 'key', 'id', 'permit.id'] as const
const topicsOfEach = 60

/** The same suite as over a WebSocket, over the sessions that `openBus()` uses, on the embedded engine. */
describeSdk('sessions of a bus in the same process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-sdk-'))
  await writeFile(join(folder, 'topics.yaml'), topicsYaml())
  const project = await loadProject({ folder, env: {} })
  const opened = await openProject(project, { log: openLog('error') })
  const connections = new Map<Bus, () => void>()
  const used = new Map<string, number>()
  return {
    makeBus: async (options = {}) => {
      let cut = (): void => {}
      const bus = busOver(async (handlers: ChannelHandlers) => {
        const channel = sessionChannel(opened.bus, project.config.limits, handlers)
        cut = () => {
          channel.close()
          handlers.closed(null)
        }
        return channel
      }, options)
      await bus.welcomed
      connections.set(bus, () => cut())
      return bus
    },
    makeTopic: async ({ key = '' } = {}) => {
      const number = used.get(key) ?? 0
      used.set(key, number + 1)
      return topicName(key, number)
    },
    cut: async (bus) => connections.get(bus)?.(),
    close: async () => {
      await opened.close()
      await rm(folder, { recursive: true })
    },
  }
})

function topicsYaml(): string {
  return keys
    .flatMap((key) => Array.from({ length: topicsOfEach }, (_, n) => `${topicName(key, n)}: {${key === '' ? '' : ` key: ${key} `}}\n`))
    .join('')
}

function topicName(key: string, number: number): string {
  return `t.${key === '' ? 'plain' : key}.${number}`
}
