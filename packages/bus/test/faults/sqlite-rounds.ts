import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { type Acknowledged, httpProducer } from './producer.js'
import { between, type Random } from './random.js'

export interface SqliteRounds {
  readonly rounds: number
  readonly random: Random
  readonly plants?: readonly string[]
  /** All that is owed must be in the database by then, after the last kill. */
  readonly drainMs: number
}

export interface SqliteSurvived {
  readonly violations: readonly string[]
  readonly acknowledged: number
  /** Marks of progress in the target, at the end. */
  readonly marks: number
}

interface Effect {
  readonly topic: string
  readonly id: string
  readonly key: string
  readonly n: number
}

/** The database itself writes down each time that a row is written. */
const tables = `
CREATE TABLE orders (key TEXT PRIMARY KEY, n INTEGER NOT NULL, id TEXT NOT NULL);
CREATE TABLE readings (id TEXT PRIMARY KEY, key TEXT NOT NULL, n INTEGER NOT NULL);
CREATE TABLE effect (number INTEGER PRIMARY KEY, topic TEXT, id TEXT, key TEXT, n INTEGER);
CREATE TRIGGER o1 AFTER INSERT ON orders BEGIN INSERT INTO effect (topic, id, key, n) VALUES ('orders', new.id, new.key, new.n); END;
CREATE TRIGGER o2 AFTER UPDATE ON orders BEGIN INSERT INTO effect (topic, id, key, n) VALUES ('orders', new.id, new.key, new.n); END;
CREATE TRIGGER r1 AFTER INSERT ON readings BEGIN INSERT INTO effect (topic, id, key, n) VALUES ('readings', new.id, new.key, new.n); END;
CREATE TRIGGER r2 AFTER UPDATE ON readings BEGIN INSERT INTO effect (topic, id, key, n) VALUES ('readings', new.id, new.key, new.n); END;
`

const files = {
  'topics.yaml': `orders: { key: key, partitions: 3, qos: exactly_once, consumers: [warehouse] }\nreadings: { consumers: [meters] }\n`,
  'adapters/warehouse.js': `import { defineAdapter, sqlite } from '@hms-sync/adapter'

export default defineAdapter({
  topics: 'orders',
  to: sqlite({ file: 'warehouse.db', table: 'orders', key: 'key', create: ${JSON.stringify(tables)} }),
  map: ({ key, n }, event) => ({ key, n, id: event.id }),
})
`,
  // Without a key of the event, and written as data.
  'adapters/meters.yaml': `topics: readings
to:
  sqlite: { file: warehouse.db, table: readings, key: id, create: ${JSON.stringify(tables)} }
map: { id: $event.id, key: key, n: n }
`,
}

/** Producers publish to two topics, two adapters write them into one database, and the bus is killed again and again. */
export async function surviveSqliteKills({ rounds, random, plants = [], drainMs }: SqliteRounds): Promise<SqliteSurvived> {
  const lives = await Lives.begin({ files, plants })
  try {
    const topics = ['orders', 'orders', 'orders', 'readings', 'readings']
    const producers = topics.map((topic, i) => ({ topic, ...httpProducer({ url: lives.url, source: `p${i}`, topic, keys: 5 }) }))
    const acknowledgedSoFar = () => producers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
    for (let round = 0; round < rounds; round++) {
      const enough = acknowledgedSoFar() + between(random, 1, 300)
      await eventually(() => acknowledgedSoFar() >= enough || undefined)
      await new Promise((resolve) => setTimeout(resolve, between(random, 0, 40)))
      await lives.end()
      await lives.start()
    }
    await Promise.all(producers.map((producer) => producer.stop()))
    const acknowledged = producers.flatMap(({ topic, acknowledged }) => acknowledged.map((one) => ({ ...one, topic })))
    const path = join(lives.folder, 'warehouse.db')
    const drained = AbortSignal.timeout(drainMs)
    await eventually(
      () => drained.aborted || new Set(effects(path).map(({ id, topic }) => `${topic} ${id}`)).size >= acknowledged.length || undefined,
    )
    return { violations: violations(effects(path), acknowledged), acknowledged: acknowledged.length, marks: marks(path) }
  } finally {
    await lives.dispose()
  }
}

/** Each acknowledged event took effect once, each key in order, and nothing else did. */
function violations(seen: readonly Effect[], acknowledged: readonly (Acknowledged & { readonly topic: string })[]): string[] {
  const found: string[] = []
  const times = new Map<string, number>()
  const last = new Map<string, number>()
  for (const { topic, id, key, n } of seen) {
    times.set(`${topic} ${id}`, (times.get(`${topic} ${id}`) ?? 0) + 1)
    if (topic !== 'orders') continue
    if (n <= (last.get(key) ?? -1)) found.push(`${key}: ${n} took effect behind ${last.get(key)}`)
    last.set(key, n)
  }
  for (const [name, count] of times) if (count > 1) found.push(`${name} took effect ${count} times`)
  for (const { topic, id } of acknowledged)
    if (!times.has(`${topic} ${id}`)) found.push(`${topic} ${id} was acknowledged and took no effect`)
  return found
}

function effects(path: string): readonly Effect[] {
  return query(path, 'SELECT topic, id, key, n FROM effect ORDER BY number') as unknown as readonly Effect[]
}

function marks(path: string): number {
  return Number((query(path, 'SELECT count(*) AS marks FROM hms_sync_progress')[0] as { readonly marks: number }).marks)
}

function query(path: string, sql: string): readonly object[] {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    return database.prepare(sql).all() as readonly object[]
  } finally {
    database.close()
  }
}
