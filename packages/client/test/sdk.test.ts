import { busOver } from '#dist/bus-over.js'
import { MemoryBus } from './memory-bus.js'
import { describeSdk } from './sdk-suite.js'

describeSdk('a bus in memory', async () => {
  const memory = new MemoryBus()
  let topics = 0
  return {
    makeBus: async (options) => {
      const bus = busOver(memory.open, options)
      await bus.welcomed
      return bus
    },
    makeTopic: async ({ key } = {}) => {
      const topic = `topic.${++topics}`
      memory.declare(topic, key)
      return topic
    },
    cut: async () => memory.cut(),
    close: async () => {},
  }
})
