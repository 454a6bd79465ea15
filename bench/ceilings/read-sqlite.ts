/** Reads the events of a data file, in order, page by page, and does nothing with them: what SQLite alone allows. */
import { openDatabase } from '../../packages/bus/dist/sqlite/driver.js'
import { answerJobs } from '../harness/processes.js'

/** Answers events a second. */
answerJobs<{ readonly path: string; readonly events: number }, number>(async ({ path, events }) => {
  const database = openDatabase(path)
  const page = database.prepare('SELECT id, received, event_id, source, key, body FROM event WHERE id > ? ORDER BY id LIMIT 512')
  const begun = performance.now()
  let count = 0
  for (let last = 0n; count < events; ) {
    const rows = page.all(last) as { readonly id: number | bigint }[]
    if (rows.length === 0) throw new Error(`The file holds ${count} of ${events} events.`)
    count += rows.length
    last = BigInt(rows.at(-1)!.id)
  }
  const seconds = (performance.now() - begun) / 1_000
  database.close()
  return count / seconds
})
