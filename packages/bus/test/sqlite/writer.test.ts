import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Job, Prepared } from '#dist/sqlite/job.js'
import { openSqlite, type Sqlite, type SqliteOptions } from '#dist/sqlite/open-sqlite.js'

let folder: string
let sqlite: Sqlite
let insert: Prepared
let count: Prepared
let rows: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-writer-'))
  await open({ folder })
})
afterEach(async () => {
  await sqlite.close()
  await rm(folder, { recursive: true })
})

async function open(options: SqliteOptions): Promise<void> {
  sqlite = await openSqlite({ ballastBytes: 65_536, ...options })
  const { writer, reader } = sqlite
  const tables = [
    'CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT)',
    'CREATE TABLE IF NOT EXISTS n (key INTEGER PRIMARY KEY, sum INTEGER, writes INTEGER)',
  ]
  await writer.commit({ steps: tables.map((sql) => ({ statement: writer.prepare(sql, 0), values: [] })), grows: true, bytes: 0 })
  insert = writer.prepare('INSERT INTO t VALUES (?, ?)', 2)
  count = writer.prepare('INSERT INTO n VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET sum = sum + ?2, writes = writes + 1', 2)
  rows = reader.prepare('SELECT a, b FROM t WHERE a >= ?1 ORDER BY a')
}

const job = (...values: (number | string)[]): Job => ({ steps: [{ statement: insert, values }], grows: true, bytes: 64 })
const keys = async (): Promise<unknown[]> => {
  const { values } = await sqlite.reader.ask({ statement: rows, args: [0], maxRows: 10_000, maxBytes: 1e9, caller: {} })
  return values.filter((_, i) => i % 2 === 0)
}

it('settles jobs in the order they were written, after they are durable', async () => {
  const settled: number[] = []
  await Promise.all(Array.from({ length: 1_000 }, (_, i) => sqlite.writer.commit(job(i, 'x')).then(() => settled.push(i))))
  expect(settled).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
  expect(await keys()).toEqual(settled)
})

it('does not let one bad job fail the others of its transaction', async () => {
  const outcomes = await Promise.allSettled(
    [job(1, 'a'), job(2, 'a'), job(1, 'again'), job(3, 'a')].map((one) => sqlite.writer.commit(one)),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(outcomes[2]).toMatchObject({ reason: { code: 'internal', message: expect.stringContaining('UNIQUE') } })
  expect(await keys()).toEqual([1, 2, 3])
  expect(sqlite.writer.failure).toBeNull()
})

it('writes all of a job or nothing of it', async () => {
  await expect(sqlite.writer.commit(job(1, 'a', 2, 'b', 1, 'again'))).rejects.toMatchObject({ code: 'internal' })
  expect(await keys()).toEqual([])
})

it('sums what jobs of one transaction add to a counter and writes it once', async () => {
  const { writer, reader } = sqlite
  const tally = (i: number): Job => ({ ...job(i, 'x'), tally: { statement: count, key: 7, amounts: [i] } })
  await Promise.all(Array.from({ length: 400 }, (_, i) => writer.commit(tally(i))))
  await writer.commit(tally(5)).catch(() => {})
  const statement = reader.prepare('SELECT sum, writes FROM n WHERE key = 7')
  const { values } = await reader.ask({ statement, args: [], maxRows: 1, maxBytes: 100, caller: {} })
  expect(values[0]).toBe((400 * 399) / 2)
  expect(values[1]).toBeLessThan(40)
})

it('says once a commit that there was one, after its jobs settled', async () => {
  const heard: string[] = []
  const stop = sqlite.writer.onCommitted(() => heard.push('commit'))
  const done = Promise.all(
    [1, 2, 3].map((i) => new Promise<void>((resolve) => sqlite.writer.write(job(i, 'x'), () => resolve(void heard.push(`job ${i}`))))),
  )
  await done
  await Promise.resolve()
  stop()
  await sqlite.writer.commit(job(4, 'x'))
  expect(heard).toEqual(['job 1', 'job 2', 'job 3', 'commit'])
})

it('refuses more than its queue holds, takes progress a while longer, and everything again later', async () => {
  await sqlite.close()
  await open({ folder, maxQueuedJobs: 10 })
  const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => sqlite.writer.commit({ ...job(i, 'x'), grows: i < 20 })))
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(Array.from({ length: 30 }, (_, i) => i < 10 || i >= 20))
  expect(outcomes[15]).toMatchObject({ reason: { code: 'overloaded' } })
  await sqlite.writer.commit(job(15, 'later'))
})

it('takes a job that is larger than the queue when nothing else waits', async () => {
  await sqlite.close()
  await open({ folder, maxQueuedBytes: 1_000 })
  await sqlite.writer.commit({ ...job(1, 'x'.repeat(5_000)), bytes: 5_000 })
  expect(await keys()).toEqual([1])
})

it('writes what is queued when it closes, and refuses from then on', async () => {
  const queued = Promise.all(Array.from({ length: 100 }, (_, i) => sqlite.writer.commit(job(i, 'x'))))
  await Promise.all([queued, sqlite.close()])
  await expect(sqlite.writer.commit(job(201, 'x'))).rejects.toMatchObject({ code: 'shutting_down' })
  await open({ folder })
  expect((await keys()).length).toBe(100)
})

it('keeps the log of a flood below its cap', async () => {
  await sqlite.close()
  const maxWalBytes = 2 * 1024 * 1024
  await open({ folder, maxWalBytes, checkpointBytes: 256 * 1024 })
  const sizes: number[] = []
  for (let i = 0; i < 200; i++) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => sqlite.writer.commit({ ...job(i * 10 + n, 'x'.repeat(4_000)), bytes: 4_000 })))
    sizes.push((await stat(join(folder, 'bus.db-wal'))).size)
  }
  expect(Math.max(...sizes)).toBeLessThan(maxWalBytes * 2)
  // It is written over, not cut and grown again.
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  expect((await keys()).length).toBe(2_000)
})
