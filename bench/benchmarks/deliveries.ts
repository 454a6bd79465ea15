import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark, Figure } from '../harness/figure.js'
import { startNginx } from '../harness/nginx.js'
import { startWorker } from '../harness/processes.js'
import { deliverAgain, settled } from '../load/deliver-again.js'
import { HttpLoad } from '../load/http-load-client.js'

const connections = 64
const map = 'map: ({ permitId, address, status, note }) => ({ permitId, address, status, note })'

export const deliveries: Benchmark = {
  name: 'deliveries',
  question: 'How much of what undici alone sends to nginx does an HTTP adapter deliver, with order per key and every try remembered?',
  async measure(run) {
    const figures: Figure[] = []
    const nginx = await startNginx()
    const adapter = (more: string) =>
      `export default { url: '${nginx.url}/slots', method: 'POST', concurrency: ${connections}, ${more}${map} }\n`
    const bus = await startBus({
      'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [plain, signed]\n',
      'adapters/plain.js': adapter(''),
      'adapters/signed.js': adapter("sign: 'env:BENCH_SECRET', "),
      '.env': `BENCH_SECRET=whsec_${Buffer.alloc(32, 7).toString('base64')}\n`,
    })
    const load = await HttpLoad.start()
    const undici = await startWorker<{ readonly url: string; readonly connections: number; readonly requests: number }, number>(
      new URL('../ceilings/undici-alone.ts', import.meta.url),
    )
    try {
      const events = run.amount(50_000)
      await load.fill(bus.port, 'bench.permits', events, 'own')
      for (const group of ['plain', 'signed']) await settled(bus, group)
      for (const [group, what, atLeast] of [
        ['plain', 'mapped', 0.5],
        ['signed', 'mapped and signed', 0.6],
      ] as const) {
        const figure = await contest(run, {
          name: `Deliveries of one HTTP adapter to nginx, ${what}, ${connections} connections`,
          unit: 'events/s',
          measured: { label: 'adapter', sample: () => deliverAgain(bus, nginx, group, events) },
          ceiling: { label: 'undici alone', sample: () => undici.ask({ url: nginx.url, connections, requests: events }) },
          wanted: { atLeast },
        })
        figures.push(figure)
      }
      return figures
    } finally {
      await Promise.all([load.end(), undici.end(), bus.end()])
      await nginx.end()
    }
  },
}
