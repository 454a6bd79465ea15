/** Answers questions from a connection of its own, so that a long read never holds up a commit or the event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { describeFault, faultOf, openDatabase, type Statement, type Value } from './driver.js'
import type { FromReader, Rows, ToReader, WireQuery } from './query.js'

const { path } = workerData as { path: string }
const port = parentPort!
const answer = (message: FromReader): void => port.postMessage(message)
const database = openDatabase(path)
database.exec('PRAGMA query_only = ON')
database.exec('PRAGMA cache_size = -8192')
const sqlOf = new Map<number, string>()
const statements = new Map<number, Statement>()

port.on('message', (message: ToReader | { close: true }) => {
  if ('close' in message) {
    database.close()
    port.close()
    return
  }
  for (const [number, sql] of message.sql) sqlOf.set(number, sql)
  for (const query of message.queries) ask(query)
})
answer({ opened: true })

function ask([number, args, maxRows, maxBytes]: WireQuery): void {
  try {
    answer({ rows: read(statement(number), args, maxRows, maxBytes) })
  } catch (error) {
    answer({ failed: { disk: faultOf(error) === 'broken', message: describeFault(error) } })
  }
}

function read(prepared: Statement, args: readonly Value[], maxRows: number, maxBytes: number): Rows {
  const values: Value[] = []
  let bytes = 0
  let rows = 0
  let width = 0
  for (const row of prepared.iterate(...args) as IterableIterator<Value[]>) {
    width = row.length
    for (const value of row) {
      values.push(value)
      bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length + 16 : 8
    }
    if (++rows >= maxRows || bytes >= maxBytes) break
  }
  return { width, values }
}

function statement(number: number): Statement {
  let prepared = statements.get(number)
  if (prepared === undefined) {
    prepared = database.prepare(sqlOf.get(number)!)
    prepared.setReturnArrays(true)
    statements.set(number, prepared)
  }
  return prepared
}
