import { startBus } from '../harness/bus-process.js'
import { bounded, contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startNginx } from '../harness/nginx.js'
import { arrived } from '../load/deliver-again.js'
import { singlePost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'
import { startBullMq } from '../peers/bullmq-process.js'

const connections = 64

export const acceptAndDeliver: Benchmark = {
  name: 'accept-and-deliver',
  question: 'How many events a second are accepted one by one and delivered to one system at once, beside BullMQ on a syncing Redis?',
  async measure(run) {
    const nginx = await startNginx()
    const bus = await startBus({
      'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [scheduling]\n',
      'adapters/scheduling.js': `export default { url: '${nginx.url}/slots', map: (permit) => permit }\n`,
    })
    const peer = await startBullMq(nginx.url)
    const load = await HttpLoad.start()
    const costs: number[] = []
    const request = singlePost('bench.permits')
    const events = run.amount(Math.max(2_000, run.sampleMs * 8))
    const through = async (port: number, path: string, count: number): Promise<number> => {
      const seen = await nginx.requests()
      const begun = performance.now()
      await load.run({ port, connections, requests: [{ ...request, path }], until: { sent: count } })
      await arrived(nginx, seen, count)
      return count / ((performance.now() - begun) / 1_000)
    }
    try {
      const figure = await contest(run, {
        name: `Accepted one by one and delivered at once, ${connections} connections`,
        unit: 'events/s',
        measured: {
          label: 'hms-sync',
          sample: async () => {
            const before = bus.usage().cpuMs
            const rate = await through(bus.port, request.path, events)
            costs.push((bus.usage().cpuMs - before) / events)
            return rate
          },
        },
        ceiling: { label: 'BullMQ, Redis with appendfsync always', sample: () => through(peer.port, peer.path, Math.ceil(events / 3)) },
        wanted: { atLeast: 3 },
        notes: () => load.notes(),
      })
      const cost = bounded('Processor time of an event, accepted and delivered', 'ms', costs.slice(1), {
        label: 'hms-sync',
        wanted: { atMost: 0.15 },
      })
      return [figure, cost]
    } finally {
      await Promise.all([load.end(), bus.end(), peer.end()])
      await nginx.end()
    }
  },
}
