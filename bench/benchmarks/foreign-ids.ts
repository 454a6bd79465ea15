import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { batchPost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'

export const foreignIds: Benchmark = {
  name: 'foreign-ids',
  question: 'What do random ids of producers cost beside the bus’s own, with a million in the window?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.own:\n  key: permitId\nbench.foreign:\n  key: permitId\n' })
    const load = await HttpLoad.start()
    try {
      const rows = run.amount(1_000_000)
      await load.fill(bus.port, 'bench.own', rows, 'own')
      await load.fill(bus.port, 'bench.foreign', rows, 'foreign')
      /** Processor time, for the rate is bound by whichever thread is slowest. */
      const cost = (ids: 'own' | 'foreign') => async () => {
        const before = bus.usage().cpuMs
        const request = batchPost(`bench.${ids}`, { size: 100, ids })
        const { requests } = await load.run({ port: bus.port, connections: 16, requests: [request], until: { ms: run.sampleMs } })
        return ((bus.usage().cpuMs - before) * 1_000) / (requests * 100)
      }
      const time = (ids: 'own' | 'foreign') => async () => {
        const request = batchPost(`bench.${ids}`, { size: 100, ids })
        const { requests, ms } = await load.run({ port: bus.port, connections: 16, requests: [request], until: { ms: run.sampleMs } })
        return (ms * 1_000) / (requests * 100)
      }
      const sides = (of: typeof cost) => ({
        unit: 'µs an event',
        measured: { label: 'random ids of producers', sample: of('foreign') },
        ceiling: { label: 'own ids', sample: of('own') },
        wanted: { atMost: 1.3 },
      })
      return [
        await contest(run, { name: 'Foreign ids at a million rows, time', ...sides(time) }),
        await contest(run, { name: 'Foreign ids at a million rows, processor', ...sides(cost) }),
      ]
    } finally {
      await Promise.all([load.end(), bus.end()])
    }
  },
}
