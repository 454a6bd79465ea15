import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import { batchPost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'

export const batchPublish: Benchmark = {
  name: 'batch-publish',
  question: 'How much of what the writer thread alone commits is left when 100 events come in a POST?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.permits:\n  key: permitId\n' })
    const load = await HttpLoad.start()
    const writer = await startWorker<{ readonly ms: number } | { readonly close: true }, number>(
      new URL('../ceilings/group-commit.ts', import.meta.url),
    )
    try {
      const job = { port: bus.port, connections: 16, requests: [batchPost('bench.permits', { size: 100, ids: 'own' })] }
      const figure = await contest(run, {
        name: 'Durable publish, 100 events a POST, 16 connections',
        unit: 'events/s',
        measured: { label: 'hms-sync', sample: load.rate(job, 100, run.sampleMs) },
        ceiling: { label: 'group commit alone', sample: () => writer.ask({ ms: run.sampleMs }) },
        wanted: { atLeast: 0.7 },
        notes: () => load.notes(),
      })
      await writer.ask({ close: true })
      return [figure]
    } finally {
      await Promise.all([load.end(), writer.end(), bus.end()])
    }
  },
}
