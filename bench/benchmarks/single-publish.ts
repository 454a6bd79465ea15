import { startBus } from '../harness/bus-process.js'
import { contest, shown } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import { summarise } from '../harness/statistics.js'
import { singlePost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'

export const singlePublish: Benchmark = {
  name: 'single-publish',
  question: 'How much of what the server alone answers is left when each POST is one durable event?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.permits:\n  key: permitId\n' })
    const [server, bare] = await Promise.all(['server-at-once', 'fastify-at-once'].map(startCeiling))
    const load = await HttpLoad.start()
    try {
      const ports = await Promise.all([server!.ask(null), bare!.ask(null)])
      const rate = (port: number) => load.rate({ port, connections: 128, requests: [singlePost('bench.permits')] }, 1, run.sampleMs)
      const bareRate = rate(ports[1].port)
      const bareRates: number[] = []
      const figure = await contest(run, {
        name: 'Durable publish, one event a POST, 128 connections',
        unit: 'events/s',
        measured: { label: 'hms-sync', sample: rate(bus.port) },
        ceiling: {
          label: 'the same server answering at once',
          async sample() {
            bareRates.push(await bareRate())
            return rate(ports[0].port)()
          },
        },
        wanted: { atLeast: 0.8 },
        notes: () => [
          `fastify without guards and limits, answering at once: ${shown(summarise(bareRates.slice(1)).median)} events/s`,
          ...load.notes(),
        ],
      })
      return [figure]
    } finally {
      await Promise.all([load.end(), server!.end(), bare!.end(), bus.end()])
    }
  },
}

function startCeiling(name: string) {
  return startWorker<null, { readonly port: number }>(new URL(`../ceilings/${name}.ts`, import.meta.url))
}
