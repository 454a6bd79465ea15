import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import { batchPost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'
import type { SdkLoadAnswer, SdkLoadJob } from '../load/sdk-load.js'

export const sdkPublish: Benchmark = {
  name: 'sdk-publish',
  question: 'How near do awaited publishes of one SDK connection come to batches that somebody put together by hand?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.permits:\n  key: permitId\n' })
    const load = await HttpLoad.start()
    const sdk = await startWorker<SdkLoadJob, SdkLoadAnswer>(new URL('../load/sdk-load.ts', import.meta.url))
    let busiest = 0
    try {
      const publish = async (): Promise<number> => {
        const { count, ms, busy } = await sdk.ask({ do: 'publish', url: bus.url, topic: 'bench.permits', inFlight: 256, ms: run.sampleMs })
        busiest = Math.max(busiest, busy)
        return count / (ms / 1_000)
      }
      const job = { port: bus.port, connections: 16, requests: [batchPost('bench.permits', { size: 100, ids: 'own' })] }
      const figure = await contest(run, {
        name: 'SDK publish, awaited, 256 in flight',
        unit: 'events/s',
        measured: { label: 'SDK', sample: publish },
        ceiling: { label: '100 events a POST', sample: load.rate(job, 100, run.sampleMs) },
        wanted: { atLeast: 0.6 },
        notes: () => [`The SDK's process used up to ${Math.round(busiest * 100)} % of a processor.`],
      })
      return [figure]
    } finally {
      await Promise.all([load.end(), sdk.end(), bus.end()])
    }
  },
}
