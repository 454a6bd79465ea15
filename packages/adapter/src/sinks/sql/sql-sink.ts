import { printable } from '../../printable.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../sink.js'
import { Turns } from '../turns.js'
import { describeRow } from './describe-row.js'
import type { SqlConnection, SqlFault, SqlTarget } from './dialect.js'
import { isMarked } from './is-marked.js'
import { progressMark } from './progress-entry.js'
import { readTable } from './read-table.js'
import { planRow, type RowForm, type RowPlan, RowRefused } from './row-plan.js'
import { Scopes } from './scopes.js'
import { StatementTexts } from './statement-texts.js'
import { Sweep } from './sweep.js'
import { MissingTable, TableColumns } from './table-columns.js'
import { type MarkedRow, Transaction, TransactionFailed } from './transaction.js'
import { whenFree } from './when-free.js'

export interface SqlSinkSettings extends RowForm {
  readonly timeoutMs: number
  /** How long marks of applied events are kept. */
  readonly rememberMs: number
  readonly maxBatch: number
}

const maxReasonCharacters = 1_000

/** A connection that is ready: progress has its table, the target's columns are known. */
interface Ready {
  readonly connection: SqlConnection
  readonly columns: TableColumns
  readonly scopes: Scopes
  readonly texts: StatementTexts
}

/**
 * Writes rows into a table and, in the same transaction, the progress of their events: an event that comes again, after
 * whatever crash, changes nothing. One transaction a batch; when a row is not taken, one by one, so that it is refused alone.
 */
export class SqlSink implements Sink {
  readonly kind: string
  readonly target: string
  readonly effect = 'transactional'
  readonly maxBatch: number
  readonly concurrency = 1
  readonly timeoutMs: number
  readonly #database: SqlTarget
  readonly #settings: SqlSinkSettings
  readonly #now: () => number
  /** What an event became, for its history. */
  readonly #done: Readonly<Record<RowPlan['kind'], SinkOutcome>>
  readonly #sweep: Sweep
  #ready: Ready | null = null
  /** The connection knows one transaction at a time. */
  readonly #turns = new Turns()
  #closed = false

  constructor(database: SqlTarget, settings: SqlSinkSettings, now: () => number = Date.now) {
    this.kind = database.kind
    this.target = `${database.name}, table ${settings.table}`
    this.maxBatch = settings.maxBatch
    this.timeoutMs = settings.timeoutMs
    this.#database = database
    this.#settings = settings
    this.#now = now
    this.#sweep = new Sweep(settings.rememberMs)
    const done = (request: string): SinkOutcome => ({ outcome: 'done', detail: { request } })
    this.#done = { upsert: done(`UPSERT INTO ${settings.table}`), delete: done(`DELETE FROM ${settings.table}`) }
  }

  apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    return this.#turns.run(() => this.#apply(deliveries, signal))
  }

  probe(delivery: SinkDelivery, signal: AbortSignal): Promise<'applied' | 'absent' | 'unknown'> {
    return this.#turns.run(async () => {
      if (signal.aborted || this.#closed) return 'unknown'
      try {
        const { connection } = await this.#connect()
        const mark = progressMark(this.#settings.table, delivery, planRow(this.#settings, delivery).rowKey)
        return (await isMarked(mark, connection)) ? 'applied' : 'absent'
      } catch {
        return 'unknown'
      }
    })
  }

  describe(delivery: SinkDelivery): string {
    return describeRow(this.target, this.#settings, planRow(this.#settings, delivery))
  }

  async *read(after: string | null, signal: AbortSignal): AsyncGenerator<{ readonly key: string; readonly value: unknown }> {
    const { dialect } = this.#database
    const page = (sql: string, values: readonly (string | number)[]) =>
      this.#turns.run(async () => (await this.#connect()).connection.rows(sql, values))
    yield* readTable({ dialect, form: this.#settings, page }, after, signal)
  }

  close(): Promise<void> {
    this.#closed = true
    return this.#turns.run(() => this.#disconnect())
  }

  async #apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    if (deliveries.length === 0) return []
    try {
      if (signal.aborted || this.#closed) throw new Error('the adapter was stopped; nothing was written')
      const outcomes = new Map<SinkDelivery, SinkOutcome>()
      const rows = await this.#plan(deliveries, (delivery, outcome) => outcomes.set(delivery, outcome))
      const results = await this.#write([...rows.values()], signal)
      for (const [i, delivery] of [...rows.keys()].entries()) outcomes.set(delivery, results[i]!)
      return deliveries.map((delivery) => outcomes.get(delivery)!)
    } catch (error) {
      const outcome = await this.#notNow(error)
      return deliveries.map(() => outcome)
    }
  }

  /** What each delivery becomes. A column that the table may have got meanwhile is looked up again, once. */
  async #plan(
    deliveries: readonly SinkDelivery[],
    refuse: (delivery: SinkDelivery, outcome: SinkOutcome) => void,
  ): Promise<Map<SinkDelivery, MarkedRow>> {
    let { columns } = await this.#connect()
    let looked = false
    const rows = new Map<SinkDelivery, MarkedRow>()
    for (const delivery of deliveries) {
      try {
        const plan = planRow(this.#settings, delivery)
        if (!looked && plan.columns.some((name) => !columns.has(name))) {
          looked = true
          columns = await this.#lookAgain()
        }
        const own: RowPlan = { ...plan, columns: columns.ownAll(plan.columns) }
        rows.set(delivery, { plan: own, mark: progressMark(this.#settings.table, delivery, plan.rowKey) })
      } catch (error) {
        if (!(error instanceof RowRefused)) throw error
        refuse(delivery, { outcome: 'refused', reason: this.#says(error.message) })
      }
    }
    return rows
  }

  async #write(rows: readonly MarkedRow[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    if (rows.length === 0) return []
    const { connection, columns, scopes, texts } = await this.#connect()
    const { dialect } = this.#database
    const key = columns.ownAll(this.#settings.key)
    const whenFreeNow = (work: () => Promise<void>) => this.#whenFree(work, signal)
    const transaction = new Transaction({
      connection,
      dialect,
      table: columns.table,
      key,
      scopes,
      texts,
      now: this.#now(),
      whenFree: whenFreeNow,
    })
    let outcomes: readonly SinkOutcome[]
    if (await transaction.together(rows)) outcomes = rows.map(({ plan }) => this.#done[plan.kind])
    else outcomes = await this.#oneByOne(transaction, rows)
    // What is written is written, whatever becomes of this.
    await this.#sweepBehind(rows, connection, scopes).catch(() => {})
    return outcomes
  }

  async #sweepBehind(rows: readonly MarkedRow[], connection: SqlConnection, scopes: Scopes): Promise<void> {
    for (const { mark } of rows) this.#sweep.wrote(await scopes.numberOf(mark.scope, connection))
    await this.#sweep.sweep(connection, this.#now())
  }

  async #oneByOne(transaction: Transaction, rows: readonly MarkedRow[]): Promise<readonly SinkOutcome[]> {
    try {
      const results = await transaction.oneByOne(rows)
      return results.map((one, i) =>
        one.result === 'refused' ? { outcome: 'refused', reason: this.#says(one.reason) } : this.#done[rows[i]!.plan.kind],
      )
    } catch (error) {
      // A constraint that is only checked at the end does not say whose fault it is: each row in a transaction of its own does.
      if (!(error instanceof TransactionFailed) || error.fault !== 'row') throw error
      if (rows.length === 1) return [{ outcome: 'refused', reason: this.#says(error.message) }]
      const outcomes: SinkOutcome[] = []
      for (const row of rows) outcomes.push(...(await this.#oneByOne(transaction, [row]).catch(async (late) => [await this.#notNow(late)])))
      return outcomes
    }
  }

  /** For a third of the sink's time: a call may have to wait to begin, to commit, and once more for writing one by one. */
  #whenFree(work: () => Promise<void> | void, signal?: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal?.aborted === true || this.#closed
    return whenFree(work, { dialect: this.#database.dialect, forMs: this.timeoutMs / 3, isOver })
  }

  async #connect(): Promise<Ready> {
    if (this.#ready !== null && (await this.#ready.connection.current())) return this.#ready
    await this.#disconnect()
    if (this.#closed) throw new Error('the adapter was stopped; nothing was written')
    const { dialect } = this.#database
    const connection = await this.#database.connect()
    try {
      await this.#whenFree(async () => {
        for (const statement of dialect.createProgress) await connection.run(statement, [])
        await TableColumns.make(connection, this.#database, this.#settings.table)
      })
      const columns = await TableColumns.read(connection, dialect, this.#settings.table)
      this.#ready = { connection, columns, scopes: new Scopes(), texts: new StatementTexts() }
      return this.#ready
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  async #lookAgain(): Promise<TableColumns> {
    const ready = await this.#connect()
    const { connection } = ready
    const columns = await TableColumns.read(connection, this.#database.dialect, this.#settings.table)
    this.#ready = { ...ready, columns }
    return columns
  }

  async #disconnect(): Promise<void> {
    const ready = this.#ready
    this.#ready = null
    await ready?.connection.close()
  }

  /** The database cannot take anything now: every event of the batch waits with it. */
  async #notNow(error: unknown): Promise<SinkOutcome> {
    const { dialect } = this.#database
    const fault: SqlFault =
      error instanceof TransactionFailed ? error.fault : error instanceof MissingTable ? 'schema' : dialect.faultOf(error)
    if (fault === 'down' || fault === 'schema') await this.#disconnect()
    const message = error instanceof Error && !isOfDatabase(error) ? error.message : dialect.describe(error)
    const reason = this.#says(`${message}${advice[fault] ?? ''}`)
    if (error instanceof TransactionFailed && error.atCommit) return { outcome: 'unknown', reason: `${reason}; it may have been written` }
    return { outcome: 'retry', scope: 'target', reason, detail: { errorClass: fault === 'busy' ? 'overloaded' : 'sink' } }
  }

  #says(message: string): string {
    return printable(`${this.target}: ${message}`, maxReasonCharacters)
  }
}

const advice: Readonly<Partial<Record<SqlFault, string>>> = {
  busy: ': another program holds the lock',
  full: ': there is no room left',
}

function isOfDatabase(error: Error): boolean {
  return 'errcode' in error || ('code' in error && String(error.code).startsWith('ERR_SQLITE'))
}
