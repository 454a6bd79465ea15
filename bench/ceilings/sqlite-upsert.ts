/** What one writes by hand: a prepared upsert, 256 rows a transaction, synced. No progress: a crash repeats or loses rows. */
import { join } from 'node:path'
import { openDatabase } from '../../packages/bus/dist/sqlite/driver.js'
import { answerJobs } from '../harness/processes.js'
import { tempFolder } from '../harness/temp-folder.js'
import { createPermits, permitRow, rowsPerTransaction } from '../load/permit-rows.js'

const folder = tempFolder()
const database = openDatabase(join(folder.path, 'warehouse.db'))
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${createPermits}`)
const upsert = database.prepare(`INSERT INTO permits (permitId, address, status, inspector, note) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (permitId) DO UPDATE SET address = excluded.address, status = excluded.status, inspector = excluded.inspector, note = excluded.note`)
let number = 0

/** Answers rows a second. */
answerJobs<{ readonly rows: number } | { readonly close: true }, number>(async (job) => {
  if ('close' in job) {
    database.close()
    folder.remove()
    return 0
  }
  const begun = performance.now()
  for (let done = 0; done < job.rows; done += rowsPerTransaction) {
    database.exec('BEGIN IMMEDIATE')
    for (let i = 0; i < rowsPerTransaction; i++) {
      const { permitId, address, status, inspector, note } = permitRow(++number)
      upsert.run(permitId, address, status, inspector, note)
    }
    database.exec('COMMIT')
  }
  return job.rows / ((performance.now() - begun) / 1_000)
})
