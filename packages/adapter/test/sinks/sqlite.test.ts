import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json, WireEvent } from '@hms-sync/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { idempotencyKey } from '#dist/idempotency-key.js'
import { SqlSink } from '#dist/sinks/sql/sql-sink.js'
import { sqlite } from '#dist/sinks/sqlite/sqlite.js'
import { SqliteConnection } from '#dist/sinks/sqlite/sqlite-connection.js'
import { sqliteDialect } from '#dist/sinks/sqlite/sqlite-dialect.js'
import { loadSqlite } from '#dist/sinks/sqlite/sqlite-library.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'
import type { Row } from '../../src/sinks/sql/dialect.js'
import type { SqliteOptions } from '../../src/sinks/sqlite/sqlite-options.js'
import { eventOf } from '../test-target.js'

const never = new AbortController().signal
let folder: string
let path: string
let sinks: Sink[]
let place: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
  path = join(folder, 'warehouse.db')
  sinks = []
  place = 0
})
afterEach(async () => {
  for (const sink of sinks) await sink.close()
  rmSync(folder, { recursive: true, force: true })
})

const permits = 'CREATE TABLE permits (permit_id INTEGER PRIMARY KEY, status TEXT NOT NULL, fee REAL, note TEXT)'

function open(options: Partial<SqliteOptions> = {}): Sink {
  const sink = sqlite({ file: path, table: 'permits', key: 'permit_id', create: permits, timeoutMs: 1_000, ...options })
  sinks.push(sink)
  return sink
}

function delivery(value: Json, fields: Partial<WireEvent> & { readonly adapter?: string } = {}): SinkDelivery {
  place++
  const { adapter, ...own } = fields
  const received = new Date(Date.UTC(2026, 10, 21) + place).toISOString()
  const event = eventOf(value, { id: `e-${place}`, key: 'k', position: `0-${place}`, received, ...own })
  return { event, value, attempt: 1, idempotencyKey: idempotencyKey(event), ...(adapter === undefined ? {} : { adapter }) }
}

async function apply(sink: Sink, ...deliveries: readonly SinkDelivery[]): Promise<readonly SinkOutcome[]> {
  return sink.apply(deliveries, never)
}

async function rows(sql = 'SELECT * FROM permits ORDER BY 1, 2', file = path): Promise<readonly Row[]> {
  const connection = SqliteConnection.open(await loadSqlite(), { path: file, create: false })
  try {
    return connection.rows(sql, []).map((row) => ({ ...row }))
  } finally {
    connection.close()
  }
}

async function exec(sql: string): Promise<void> {
  const connection = SqliteConnection.open(await loadSqlite(), { path, create: false })
  connection.run(sql, [])
  connection.close()
}

it('writes new rows whole and known rows in the columns that the event has', async () => {
  const sink = open()
  await apply(sink, delivery({ permit_id: 7, status: 'new', fee: 12.5, note: 'first' }))
  await apply(sink, delivery({ permit_id: 7, status: 'approved' }))
  expect(await rows()).toEqual([{ permit_id: 7, status: 'approved', fee: 12.5, note: 'first' }])
})

it('writes the columns that it is told and no others; what is missing becomes NULL', async () => {
  const sink = open({ columns: ['permit_id', 'status', 'note'] })
  await apply(sink, delivery({ permit_id: 7, status: 'new', note: 'first', fee: 3, extra: true }))
  await apply(sink, delivery({ permit_id: 7, status: 'approved' }))
  expect(await rows()).toEqual([{ permit_id: 7, status: 'approved', fee: null, note: null }])
})

it('takes a row away, and an older event of it does not bring it back', async () => {
  const sink = open({ delete: { type: ['permitCancelled'], 'reason.final': true } })
  const first = delivery({ permit_id: 7, status: 'new' })
  const cancelled = delivery({ permit_id: 7, reason: { final: true } }, { type: 'permitCancelled' })
  expect(await apply(sink, first, cancelled)).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }])
  expect(await rows()).toEqual([])
  await apply(sink, first)
  expect(await rows()).toEqual([])
  await apply(sink, delivery({ permit_id: 7, status: 'anew' }))
  expect(await rows()).toMatchObject([{ permit_id: 7, status: 'anew' }])
})

it('takes rows away as a function says', async () => {
  const sink = open({
    delete: (payload: { readonly status: string }, event) => payload.status === 'gone' && event.type === 'permitApproved',
  })
  await apply(sink, delivery({ permit_id: 7, status: 'new' }), delivery({ permit_id: 8, status: 'new' }))
  await apply(sink, delivery({ permit_id: 7, status: 'gone' }))
  expect(await rows()).toMatchObject([{ permit_id: 8 }])
})

it('keeps writes and deletes of a row in their order within one batch', async () => {
  const sink = open({ delete: { status: 'gone' } })
  const statuses = ['a', 'b', 'gone', 'c', 'gone', 'd']
  await apply(sink, ...statuses.map((status) => delivery({ permit_id: 7, status })), delivery({ permit_id: 8, status: 'gone' }))
  expect(await rows()).toMatchObject([{ permit_id: 7, status: 'd' }])
})

it('takes keys of several columns', async () => {
  const create = 'CREATE TABLE permits (city TEXT, number TEXT, status TEXT, PRIMARY KEY (city, number))'
  const sink = open({ create, key: ['city', 'number'] })
  const keys = [
    ['a', 'b,c'],
    ['a,b', 'c'],
    ['z', '1'],
    ['b', '0'],
  ]
  await apply(sink, ...keys.map(([city, number], i) => delivery({ city: city!, number: number!, status: String(i) })))
  const read: unknown[] = []
  for await (const { key } of sink.read!(null, never)) read.push(JSON.parse(key))
  expect(read).toEqual([keys[0], keys[1], keys[3], keys[2]])
  const later: unknown[] = []
  for await (const { key } of sink.read!(JSON.stringify(keys[1]), never)) later.push(JSON.parse(key))
  expect(later).toEqual([keys[3], keys[2]])
})

it('does not mind how names are spelled', async () => {
  const sink = open({ table: 'PERMITS', key: 'Permit_ID' })
  expect(await apply(sink, delivery({ Permit_ID: 7, STATUS: 'new' }), delivery({ Permit_ID: 7, Status: 'old' }))).toMatchObject([
    { outcome: 'done' },
    { outcome: 'done' },
  ])
  const read: unknown[] = []
  for await (const row of sink.read!(null, never)) read.push(row)
  expect(read).toEqual([{ key: '7', value: { permit_id: 7, status: 'old', fee: null, note: null } }])
})

it('reads integer keys in their own order, over many pages', async () => {
  const sink = open()
  const ids = Array.from({ length: 1_234 }, (_, i) => (i * 7) % 1_234)
  for (let i = 0; i < ids.length; i += 256)
    await apply(sink, ...ids.slice(i, i + 256).map((permit_id) => delivery({ permit_id, status: 's' })))
  const read: string[] = []
  for await (const { key } of sink.read!(null, never)) read.push(key)
  expect(read).toEqual(ids.map((_, i) => String(i)))
})

it.each<[Json, RegExp]>([
  [{ permit_id: 1, status: 'x', statsu: 'y' }, /has no column "statsu".*did you mean "status"/],
  [{ permit_id: 1, status: 'x', 'note" = 1; --': 'y' }, /has no column "note\\" = 1; --"|has no column "note" = 1; --"/],
  [{ permit_id: 1, status: null }, /NOT NULL constraint failed: permits.status/],
  [{ permit_id: 'seven', status: 'x' }, /datatype mismatch/],
  [{ status: 'x' }, /the key column "permit_id" has nothing/],
  [{ permit_id: [1], status: 'x' }, /the key column "permit_id" has a list/],
  [{ permit_id: 1, status: 'a\u0000b' }, /NUL/],
  [{ permit_id: 1, status: 'x', STATUS: 'y' }, /writes a column of "permits" twice/],
  ['text', /map made a string, not a row/],
  [[1], /map made a list, not a row/],
])('refuses %j alone and says why', async (value, reason) => {
  const sink = open()
  const [good, bad, other] = await apply(
    sink,
    delivery({ permit_id: 8, status: 's' }),
    delivery(value),
    delivery({ permit_id: 9, status: 's' }),
  )
  expect([good, other]).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }])
  expect(bad).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(reason) })
  expect(await rows()).toHaveLength(2)
})

it('keeps texts as texts, lists and objects as JSON, booleans as 0 and 1', async () => {
  const create = 'CREATE TABLE permits (permit_id TEXT PRIMARY KEY, a, b, c, d, e)'
  const sink = open({ create })
  await apply(sink, delivery({ permit_id: '007', a: true, b: { x: [1] }, c: [1, 'two'], d: 1.5, e: null }))
  expect(await rows()).toEqual([{ permit_id: '007', a: 1, b: '{"x":[1]}', c: '[1,"two"]', d: 1.5, e: null }])
})

it('finds a column that the table got meanwhile', async () => {
  const sink = open()
  await apply(sink, delivery({ permit_id: 1, status: 'x' }))
  await exec('ALTER TABLE permits ADD COLUMN inspector TEXT')
  expect(await apply(sink, delivery({ permit_id: 1, status: 'y', inspector: 'Kim' }))).toMatchObject([{ outcome: 'done' }])
  expect(await rows()).toMatchObject([{ inspector: 'Kim' }])
})

it('says of a constraint that is checked at the end whose fault it is', async () => {
  const create = `CREATE TABLE inspector (name TEXT PRIMARY KEY);
CREATE TABLE permits (permit_id INTEGER PRIMARY KEY, inspector TEXT REFERENCES inspector (name) DEFERRABLE INITIALLY DEFERRED)`
  const sink = open({ create })
  await apply(sink, delivery({ permit_id: 1, inspector: null }))
  await exec("INSERT INTO inspector VALUES ('Kim')")
  const names = ['Kim', 'nobody', 'Kim']
  const outcomes = await apply(sink, ...names.map((inspector, i) => delivery({ permit_id: 10 + i, inspector })))
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'done'])
  expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/FOREIGN KEY constraint failed/) })
  expect(await rows('SELECT permit_id FROM permits ORDER BY 1')).toEqual([{ permit_id: 1 }, { permit_id: 10 }, { permit_id: 12 }])
})

it.each<[string, Partial<SqliteOptions>, RegExp]>([
  ['a file that is not there', { create: undefined as never }, /there is no such file; create it/],
  ['a table that is not there', { table: 'permit' }, /there is no table "permit"/],
  ['a key without a unique index', { key: 'status' }, /has no unique index/],
  ['a folder in place of the file', { file: tmpdir() }, /unable to open database file/],
])('waits with all events for %s', async (_, options, reason) => {
  const { create = permits, ...rest } = options
  const sink = 'create' in options ? sqlite({ file: path, table: 'permits', key: 'permit_id' }) : open({ create, ...rest })
  sinks.push(sink)
  const outcomes = await apply(sink, delivery({ permit_id: 1, status: 'x' }), delivery({ permit_id: 2, status: 'x' }))
  expect(outcomes).toHaveLength(2)
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ outcome: 'retry', scope: 'target', reason: expect.stringMatching(reason) })
})

it('goes on when the table has been made', async () => {
  const sink = open({ create: 'CREATE TABLE other (x)' })
  const event = delivery({ permit_id: 1, status: 'x' })
  expect(await apply(sink, event)).toMatchObject([{ outcome: 'retry', scope: 'target' }])
  await exec(permits)
  expect(await apply(sink, event)).toMatchObject([{ outcome: 'done' }])
})

it('makes its table where it is missing, and tries again when that failed', async () => {
  const event = delivery({ permit_id: 1, status: 'x' })
  expect(await apply(open({ create: 'CREATE TABEL permits' }), event)).toMatchObject([
    { outcome: 'retry', scope: 'target', reason: expect.stringMatching(/near "TABEL": syntax error/) },
  ])
  const both = [open(), open()]
  expect(await Promise.all(both.map((sink) => apply(sink, event)))).toMatchObject([[{ outcome: 'done' }], [{ outcome: 'done' }]])
  expect(await rows()).toMatchObject([{ permit_id: 1, status: 'x' }])
})

it('waits for a short lock and goes on', async () => {
  const sink = open()
  await apply(sink, delivery({ permit_id: 1, status: 'x' }))
  const other = SqliteConnection.open(await loadSqlite(), { path, create: false })
  other.run('BEGIN IMMEDIATE', [])
  const waiting = apply(sink, delivery({ permit_id: 2, status: 'x' }))
  setTimeout(() => other.close(), 100)
  expect(await waiting).toMatchObject([{ outcome: 'done' }])
})

it('waits for a reader that holds up the commit, where readers do that', async () => {
  const { DatabaseSync } = await loadSqlite()
  const other = new DatabaseSync(path, { timeout: 0 })
  other.exec(`PRAGMA journal_mode = DELETE; ${permits}; INSERT INTO permits VALUES (1, 'x', NULL, NULL); BEGIN`)
  expect(other.prepare('SELECT count(*) AS rows FROM permits').all()).toHaveLength(1)
  const sink = open({ timeoutMs: 3_000 })
  const waiting = apply(sink, delivery({ permit_id: 2, status: 'x' }))
  setTimeout(() => other.exec('COMMIT'), 100)
  expect(await waiting).toMatchObject([{ outcome: 'done' }])
  other.close()
})

it('writes to the file that is there now, not to one that was moved away', async () => {
  const sink = open()
  const [first, second] = [delivery({ permit_id: 1, status: 'x' }), delivery({ permit_id: 2, status: 'y' })]
  await apply(sink, first)
  const moved = join(folder, 'yesterday.db')
  renameSync(path, moved)
  for (const end of ['-wal', '-shm']) renameSync(`${path}${end}`, `${moved}${end}`)
  await apply(sink, second)
  expect(await rows('SELECT permit_id FROM permits')).toEqual([{ permit_id: 2 }])
})

it('leaves a database whose journal is no WAL as it is', async () => {
  const { DatabaseSync } = await loadSqlite()
  const database = new DatabaseSync(path, { timeout: 0 })
  database.exec(`PRAGMA journal_mode = DELETE; ${permits}`)
  database.close()
  const written = { outcome: 'done', detail: { request: 'UPSERT INTO permits' } }
  expect(await apply(open(), delivery({ permit_id: 1, status: 'x' }))).toEqual([written])
  expect(await rows('PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }])
})

it('keeps the progress of two adapters, two tables, two topics and two rows apart', async () => {
  const sink = open({ create: `${permits}; CREATE TABLE archive (permit_id INTEGER PRIMARY KEY, status TEXT)` })
  const archive = open({ table: 'archive' })
  const row = { permit_id: 1, status: 'x' }
  const same = { id: 'e-same', position: '0-5', received: '2026-11-21T10:00:00.000Z' }
  for (const adapter of ['warehouse', 'ware'])
    for (const to of [sink, archive])
      for (const topic of ['permits', 'permits.late'])
        for (const value of [row, { ...row, permit_id: 2 }]) await apply(to, delivery(value, { ...same, topic, adapter }))
  expect(await rows('SELECT entry FROM hms_sync_progress')).toHaveLength(16)
})

it('keeps one mark a row however many events come, and none of an event without a key for longer than it remembers', async () => {
  let now = Date.UTC(2026, 10, 21)
  const connect = async () => SqliteConnection.open(await loadSqlite(), { path, create: true })
  const settings = { table: 'permits', key: ['permit_id'], deletes: () => false, timeoutMs: 1_000, rememberMs: 86_400_000, maxBatch: 256 }
  const sink = new SqlSink({ kind: 'sqlite', name: path, dialect: sqliteDialect, create: permits, connect }, settings, () => now)
  sinks.push(sink)
  for (let batch = 0; batch < 20; batch++)
    await apply(sink, ...Array.from({ length: 250 }, (_, i) => delivery({ permit_id: i % 10, status: 's' }, { key: String(i % 10) })))
  expect(await rows('SELECT count(*) AS marks FROM hms_sync_progress')).toEqual([{ marks: 10 }])
  let most = 0
  for (let day = 0; day < 30; day++) {
    now += 86_400_000
    for (let batch = 0; batch < 8; batch++) {
      const events = Array.from({ length: 250 }, () => delivery({ permit_id: 1, status: 's' }))
      await apply(sink, ...events.map((one) => withoutKey(one)))
    }
    most = Math.max(most, Number((await rows('SELECT count(*) AS marks FROM hms_sync_progress'))[0]!.marks))
  }
  expect(most).toBeLessThan(5 * 8 * 250)
})

it('describes the row and connects to nothing', async () => {
  const text = open().describe!(delivery({ permit_id: 7, status: 'approved' }))
  expect(text.split('\n')).toEqual([
    `${path}, table permits`,
    'UPSERT INTO permits, key (permit_id) 7',
    '  permit_id: 7',
    '  status: "approved"',
  ])
  expect(() => open().describe!(delivery({ status: 'x' }))).toThrow(/key column "permit_id" has nothing/)
})

it('names all faults of its options at once', () => {
  const options = { tabel: 'x', file: '', key: [], columns: ['a', 'A'], delete: 7, timeoutMs: 1, remember: '1m', maxBatch: 1_000 }
  expect(() => sqlite(options as unknown as SqliteOptions)).toThrow(
    /tabel: .*did you mean "table"[\s\S]*key: write the column[\s\S]*columns: a name stands here twice[\s\S]*file: write the database file[\s\S]*table: write the name[\s\S]*delete: write which[\s\S]*timeoutMs: write a whole number[\s\S]*maxBatch: [\s\S]*remember: write a duration/,
  )
})

function withoutKey(one: SinkDelivery): SinkDelivery {
  const { key: _, ...event } = one.event
  return { ...one, event }
}
