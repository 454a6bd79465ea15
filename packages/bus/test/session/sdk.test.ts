import type { Bus } from '@hms-sync/client'
import { busOver, type ChannelHandlers } from '@hms-sync/client/channel'
import { sessionChannel } from '#dist/session/session-channel.js'
import { describeSdk } from '../../../client/test/sdk-suite.js'
import { openSdkProject } from '../sdk-project.js'

/** The same suite as over a WebSocket, over the sessions that `openBus()` uses, on the embedded engine. */
describeSdk('sessions of a bus in the same process', async () => {
  const { bus: syncBus, project, makeTopic, close } = await openSdkProject()
  const connections = new Map<Bus, () => void>()
  return {
    makeBus: async (options = {}) => {
      let cut = (): void => {}
      const bus = busOver(async (handlers: ChannelHandlers) => {
        const channel = sessionChannel(syncBus, project.config.limits, handlers)
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
    makeTopic,
    cut: async (bus) => connections.get(bus)?.(),
    close,
  }
})
