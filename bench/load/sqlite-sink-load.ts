/** The SQLite sink as its host calls it: batch after batch, each event with its own key and position. */
import { join } from 'node:path'
import { idempotencyKey, type SinkDelivery, sqlite } from '../../packages/adapter/dist/index.js'
import { answerJobs } from '../harness/processes.js'
import { tempFolder } from '../harness/temp-folder.js'
import { createPermits, permitRow, rowsPerTransaction } from './permit-rows.js'

const folder = tempFolder()
const sink = sqlite({ file: join(folder.path, 'warehouse.db'), table: 'permits', key: 'permitId', create: createPermits })
const received = new Date().toISOString()
const never = new AbortController().signal
let number = 0

/** Answers rows a second, of the sink alone: its deliveries are made before. */
answerJobs<{ readonly rows: number } | { readonly close: true }, number>(async (job) => {
  if ('close' in job) {
    await sink.close()
    folder.remove()
    return 0
  }
  let busyMs = 0
  for (let done = 0; done < job.rows; done += rowsPerTransaction) {
    const batch = Array.from({ length: rowsPerTransaction }, () => delivery(++number))
    const begun = performance.now()
    const outcomes = await sink.apply(batch, never)
    busyMs += performance.now() - begun
    const failed = outcomes.find(({ outcome }) => outcome !== 'done')
    if (failed !== undefined) throw new Error(JSON.stringify(failed))
  }
  return job.rows / (busyMs / 1_000)
})

function delivery(n: number): SinkDelivery {
  const value = permitRow(n)
  const event = {
    id: `e-${n}`,
    topic: 'bench.permits',
    type: 'bench.permits',
    version: 1,
    key: String(value.permitId),
    source: 'bench',
    time: received,
    payload: value,
    qos: 'exactly_once' as const,
    replayable_until: received,
    position: `${value.permitId % 8}-${n}`,
    received,
  }
  return { event, value, attempt: 1, idempotencyKey: idempotencyKey(event), adapter: 'warehouse' }
}
