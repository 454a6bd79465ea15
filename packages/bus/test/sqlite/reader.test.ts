import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqlite, type Sqlite } from '#dist/sqlite/open-sqlite.js'
import { rowCount } from '#dist/sqlite/query.js'

let folder: string
let sqlite: Sqlite
let rows: number
const caller = {}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-reader-'))
  sqlite = await openSqlite({ folder, ballastBytes: 65_536 })
  const { writer, reader } = sqlite
  await writer.commit({
    steps: [{ statement: writer.prepare('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)', 0), values: [] }],
    grows: true,
    bytes: 0,
  })
  const values = Array.from({ length: 2_000 }, (_, i) => [i, 'x'.repeat(1_000)]).flat()
  await writer.commit({ steps: [{ statement: writer.prepare('INSERT INTO t VALUES (?, ?)', 2), values }], grows: true, bytes: 0 })
  rows = reader.prepare('SELECT a, b FROM t WHERE a >= ?1 ORDER BY a')
})
afterEach(async () => {
  await sqlite.close()
  await rm(folder, { recursive: true })
})

it('ends an answer at the asked number of rows', async () => {
  const answer = await sqlite.reader.ask({ statement: rows, args: [5], maxRows: 7, maxBytes: 1e9, caller })
  expect(answer.width).toBe(2)
  expect(answer.values.filter((_, i) => i % 2 === 0)).toEqual([5, 6, 7, 8, 9, 10, 11])
})

it('ends an answer with the row that reaches the asked bytes', async () => {
  expect(rowCount(await sqlite.reader.ask({ statement: rows, args: [0], maxRows: 2_000, maxBytes: 10_000, caller }))).toBe(10)
  expect(rowCount(await sqlite.reader.ask({ statement: rows, args: [0], maxRows: 2_000, maxBytes: 1, caller }))).toBe(1)
})

it('lets callers take turns, however much one of them asks', async () => {
  const order: string[] = []
  const ask = (who: string, as: object) =>
    sqlite.reader.ask({ statement: rows, args: [0], maxRows: 100, maxBytes: 1e9, caller: as }).then(() => order.push(who))
  const greedy = {}
  await Promise.all([...Array.from({ length: 50 }, () => ask('greedy', greedy)), ask('modest', {}), ask('other', {})])
  expect(order.indexOf('modest')).toBeLessThan(6)
  expect(order.indexOf('other')).toBeLessThan(6)
})

it('drops a question whose signal aborts before its turn', async () => {
  const stop = new AbortController()
  const questions = Array.from({ length: 20 }, () =>
    sqlite.reader.ask({ statement: rows, args: [0], maxRows: 500, maxBytes: 1e9, caller, signal: stop.signal }),
  )
  stop.abort(new Error('enough'))
  const outcomes = await Promise.allSettled(questions)
  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(18)
  expect(outcomes.at(-1)).toMatchObject({ reason: { message: 'enough' } })
  await expect(sqlite.reader.ask({ statement: rows, args: [0], maxRows: 1, maxBytes: 1, caller, signal: stop.signal })).rejects.toThrow(
    'enough',
  )
})

it('says what is wrong with a statement without failing others', async () => {
  const wrong = sqlite.reader.prepare('SELECT * FROM nowhere')
  await expect(sqlite.reader.ask({ statement: wrong, args: [], maxRows: 1, maxBytes: 1, caller })).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('nowhere'),
  })
  expect(rowCount(await sqlite.reader.ask({ statement: rows, args: [0], maxRows: 1, maxBytes: 1, caller }))).toBe(1)
})

it('cannot write', async () => {
  const write = sqlite.reader.prepare("INSERT INTO t VALUES (-1, 'x')")
  await expect(sqlite.reader.ask({ statement: write, args: [], maxRows: 1, maxBytes: 1, caller })).rejects.toThrow(/readonly/)
})

it('refuses what waits when it closes', async () => {
  const ask = () => sqlite.reader.ask({ statement: rows, args: [0], maxRows: 500, maxBytes: 1e9, caller })
  const outcomes = Promise.allSettled(Array.from({ length: 10 }, ask))
  await sqlite.close()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'shutting_down' } })
})
