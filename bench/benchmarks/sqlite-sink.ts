import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker, type Worker } from '../harness/processes.js'
import { rowsPerTransaction } from '../load/permit-rows.js'

type RowWorker = Worker<{ readonly rows: number } | { readonly close: true }, number>

export const sqliteSink: Benchmark = {
  name: 'sqlite-sink',
  question: 'How much of a batched upsert by hand is left when progress is written with every row?',
  async measure(run) {
    const start = (file: string): Promise<RowWorker> => startWorker(new URL(file, import.meta.url))
    const [sink, byHand] = await Promise.all([start('../load/sqlite-sink-load.ts'), start('../ceilings/sqlite-upsert.ts')])
    try {
      const rows = Math.ceil(run.amount(100_000) / rowsPerTransaction) * rowsPerTransaction
      const figure = await contest(run, {
        name: `Rows into SQLite, ${rowsPerTransaction} a transaction, synced`,
        unit: 'rows/s',
        measured: { label: 'sink, with progress', sample: () => sink.ask({ rows }) },
        ceiling: { label: 'by hand, without', sample: () => byHand.ask({ rows }) },
        wanted: { atLeast: 0.6 },
      })
      await Promise.all([sink.ask({ close: true }), byHand.ask({ close: true })])
      return [figure]
    } finally {
      await Promise.all([sink.end(), byHand.end()])
    }
  },
}
