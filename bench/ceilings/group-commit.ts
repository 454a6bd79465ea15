/** The writer thread alone: rows like those of events, 100 a job, in its own group commits. No HTTP, no JSON, no ids to look up. */
import { randomUUID } from 'node:crypto'
import { openSqlite } from '../../packages/bus/dist/sqlite/open-sqlite.js'
import { answerJobs } from '../harness/processes.js'
import { tempFolder } from '../harness/temp-folder.js'
import { payloadText } from '../load/events.js'

const rowsPerJob = 100
/** As many jobs wait as the benchmark has connections. */
const jobsInFlight = 16

const folder = tempFolder()
const sqlite = await openSqlite({ folder: folder.path })
const { writer } = sqlite
const create = writer.prepare(
  'CREATE TABLE event (id INTEGER PRIMARY KEY, received INTEGER, event_id TEXT, source TEXT, key TEXT, body TEXT)',
  0,
)
const insert = writer.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)', 6)
await writer.commit({ steps: [{ statement: create, values: [] }], grows: true, bytes: 0 })
let id = 0

/** Answers rows a second. */
answerJobs<{ readonly ms: number } | { readonly close: true }, number>(async (job) => {
  if ('close' in job) {
    await sqlite.close()
    folder.remove()
    return 0
  }
  const begun = performance.now()
  let rows = 0
  const keepWriting = async (): Promise<void> => {
    while (performance.now() - begun < job.ms) {
      await writer.commit({ steps: [{ statement: insert, values: hundredRows() }], grows: true, bytes: rowsPerJob * 1_300 })
      rows += rowsPerJob
    }
  }
  await Promise.all(Array.from({ length: jobsInFlight }, keepWriting))
  return rows / ((performance.now() - begun) / 1_000)
})

function hundredRows(): (string | number)[] {
  const values: (string | number)[] = []
  for (let i = 0; i < rowsPerJob; i++) {
    id++
    const body = `{"id":"${randomUUID()}","topic":"bench.permits","source":"anonymous","payload":${payloadText().replace('%number%', String(id).padStart(12, '1'))}}`
    values.push(id, Date.now(), body.slice(7, 43), 'anonymous', String(id), body)
  }
  return values
}
