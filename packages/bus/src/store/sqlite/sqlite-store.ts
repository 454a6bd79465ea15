import { SyncError } from '@hms-sync/client'
import type { Offset } from '../../event.js'
import type { Sqlite } from '../../sqlite/open-sqlite.js'
import type {
  AttemptQuery,
  DeadLetter,
  DeadLetterQuery,
  EventPlace,
  MostKeys,
  OpenFailures,
  ParkedEvent,
  StoredChunk,
} from '../failures.js'
import type { Change, Progress, ProjectionCursor, Segment, Store, WaitingRetry } from '../store.js'
import { decodeAhead } from './ahead.js'
import { bytesOf, stepsOf } from './change-steps.js'
import { FailureReads } from './failure-reads.js'
import { Pages } from './pages.js'
import { prepareStoreReads, prepareStoreWrites, type StoreReads, type StoreWrites } from './schema.js'

/** The bus's own state in the data folder's SQLite file. Beside the embedded engine its commits ride with those of publishes. */
export class SqliteStore implements Store {
  readonly #sqlite: Sqlite
  readonly #writes: StoreWrites
  readonly #reads: StoreReads
  readonly #pages: Pages
  readonly #failures: FailureReads
  #closed = false

  private constructor(sqlite: Sqlite, writes: StoreWrites, reads: StoreReads) {
    this.#sqlite = sqlite
    this.#writes = writes
    this.#reads = reads
    this.#pages = new Pages(sqlite.reader)
    this.#failures = new FailureReads(this.#pages, reads.failures)
  }

  /** @throws SyncError `storage_failed`, `disk_full`. */
  static async open(sqlite: Sqlite): Promise<SqliteStore> {
    const writes = prepareStoreWrites(sqlite.writer)
    const store = new SqliteStore(sqlite, writes, prepareStoreReads(sqlite.reader))
    await sqlite.writer.commit({ steps: writes.tables.map((statement) => ({ statement, values: [] })), grows: false, bytes: 0 })
    return store
  }

  async commit(changes: readonly Change[]): Promise<void> {
    if (this.#closed) throw new SyncError('shutting_down', 'The store is closed.')
    if (changes.length === 0) return
    const steps = changes.flatMap((change) => stepsOf(change, this.#writes))
    await this.#sqlite.writer.commit({ steps, grows: false, bytes: bytesOf(steps) })
  }

  async progress(): Promise<readonly Progress[]> {
    const found: Progress[] = []
    for await (const [, group, topic, partition, incarnation, cursorText, ahead] of this.#pages.all(this.#reads.progress, [], 0)) {
      const cursor = BigInt(cursorText as string)
      found.push({
        group: group as string,
        topic: topic as string,
        partition: partition as number,
        incarnation: incarnation as string,
        cursor,
        ahead: decodeAhead(cursor, ahead as string),
      })
    }
    return found
  }

  async retries(group: string, topic: string, partition: number): Promise<readonly WaitingRetry[]> {
    const found: WaitingRetry[] = []
    for await (const [offset, attempts, dueAt, reason] of this.#pages.all(this.#reads.retries, [group, topic, partition], '-1')) {
      const tries = { attempts: attempts as number, dueAt: dueAt as number, reason: reason as string }
      found.push({ group, topic, partition, offset: BigInt(offset as string), ...tries })
    }
    return found
  }

  async projectionCursor(projection: string, topic: string): Promise<ProjectionCursor | null> {
    const row = await this.#pages.one(this.#reads.projection, [projection, topic])
    if (row === null) return null
    const next = row[1] as string
    return { projection, topic, incarnation: row[0] as string, next: next === '' ? [] : next.split('.').map(BigInt) }
  }

  async *segments(projection: string, topic: string, from: number): AsyncGenerator<Segment, void, undefined> {
    for (let next = from; ; ) {
      const row = await this.#pages.one(this.#reads.segments, [projection, topic, next])
      if (row === null) return
      const number = row[0] as number
      yield { number, bytes: row[1] as Uint8Array }
      next = number + 1
    }
  }

  async document(name: string): Promise<string | null> {
    const row = await this.#pages.one(this.#reads.document, [name])
    return row === null ? null : (row[0] as string)
  }

  lastDeadLetter(): Promise<number> {
    return this.#failures.lastDeadLetter()
  }

  deadLetters(query: DeadLetterQuery, limit: number, below?: number): Promise<readonly DeadLetter[]> {
    return this.#failures.deadLetters(query, limit, below)
  }

  oldestDeadLetters(query: DeadLetterQuery, limit: number): Promise<readonly DeadLetter[]> {
    return this.#failures.oldestDeadLetters(query, limit)
  }

  countDeadLetters(query: DeadLetterQuery): Promise<number> {
    return this.#failures.countDeadLetters(query)
  }

  deadLetterOf(group: string, place: EventPlace): Promise<DeadLetter | null> {
    return this.#failures.deadLetterOf(group, place)
  }

  openFailures(group: string, topic: string, partition: number, most: MostKeys): Promise<OpenFailures> {
    return this.#failures.openFailures(group, topic, partition, most)
  }

  oldestAttempt(): Promise<{ readonly at: number; readonly chunks: number } | null> {
    return this.#failures.oldestAttempt()
  }

  isParked(group: string, place: EventPlace): Promise<boolean> {
    return this.#failures.isParked(group, place)
  }

  parked(group: string, topic: string, partition: number, key: string, from: Offset, limit: number): Promise<readonly ParkedEvent[]> {
    return this.#failures.parked(group, topic, partition, key, from, limit)
  }

  attempts(query: AttemptQuery): AsyncIterable<StoredChunk> {
    return this.#failures.attempts(query)
  }

  /** The folder is closed by who opened it. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#sqlite.writer.commit({ steps: [], grows: false, bytes: 0 }).catch(() => {})
  }
}
