import { type BusProcess, startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startNginx } from '../harness/nginx.js'
import { arrived, settled } from '../load/deliver-again.js'
import { HttpLoad } from '../load/http-load-client.js'

const many = 100

export const manyAdapters: Benchmark = {
  name: 'many-adapters',
  question: 'Does a delivery cost the same when a hundred adapters take the same topic?',
  async measure(run) {
    const nginx = await startNginx()
    const start = (count: number): Promise<BusProcess> => {
      const names = Array.from({ length: count }, (_, i) => `system-${i}`)
      return startBus({
        'topics.yaml': `bench.permits:\n  key: permitId\n  consumers: [${names.join(', ')}]\n`,
        ...Object.fromEntries(
          names.map((name) => [`adapters/${name}.yaml`, `url: ${nginx.url}/slots\nconcurrency: 4\nmap: { permitId: permitId }\n`]),
        ),
      })
    }
    const [one, hundred] = await Promise.all([start(1), start(many)])
    const load = await HttpLoad.start()
    const deliveries = run.amount(50_000)
    /** Processor time of a delivery, µs: as many deliveries with one adapter as with all of them. */
    const cost = async (bus: BusProcess, adapters: number): Promise<number> => {
      const before = bus.usage().cpuMs
      const events = Math.ceil(deliveries / adapters / 100) * 100
      const seen = await nginx.requests()
      await load.fill(bus.port, 'bench.permits', events, 'own')
      await arrived(nginx, seen, events * adapters)
      for (let i = 0; i < adapters; i++) await settled(bus, `system-${i}`)
      return ((bus.usage().cpuMs - before) * 1_000) / (events * adapters)
    }
    try {
      const figure = await contest(run, {
        name: 'A hundred adapters on one topic',
        unit: 'µs of processor a delivery, publishing included',
        measured: { label: `${many} adapters`, sample: () => cost(hundred, many) },
        ceiling: { label: 'one adapter', sample: () => cost(one, 1) },
        wanted: { atMost: 1.3 },
      })
      return [figure]
    } finally {
      await Promise.all([load.end(), one.end(), hundred.end()])
      await nginx.end()
    }
  },
}
