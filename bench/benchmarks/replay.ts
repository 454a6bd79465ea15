import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import { HttpLoad } from '../load/http-load-client.js'
import type { SseJob } from '../load/sse-reader.js'

export const replay: Benchmark = {
  name: 'replay',
  question: 'How fast does one SSE subscriber get the past, beside reading SQLite alone?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.permits:\n  key: permitId\n' })
    const load = await HttpLoad.start()
    const reader = await startWorker<SseJob, number>(new URL('../load/sse-reader.ts', import.meta.url))
    const sqlite = await startWorker<{ readonly path: string; readonly events: number }, number>(
      new URL('../ceilings/read-sqlite.ts', import.meta.url),
    )
    try {
      const events = run.amount(300_000)
      await load.fill(bus.port, 'bench.permits', events, 'own')
      const path = join(bus.folder, '.hms-sync', 'bus.db')
      if (!existsSync(path)) throw new Error(`${path} is not there.`)
      const figure = await contest(run, {
        name: 'Replay to one SSE subscriber',
        unit: 'events/s',
        measured: { label: 'SSE', sample: () => reader.ask({ port: bus.port, topic: 'bench.permits', events }) },
        ceiling: { label: 'reading SQLite alone', sample: () => sqlite.ask({ path, events }) },
        wanted: { atLeast: 0.4 },
      })
      return [figure]
    } finally {
      await Promise.all([load.end(), reader.end(), sqlite.end(), bus.end()])
    }
  },
}
