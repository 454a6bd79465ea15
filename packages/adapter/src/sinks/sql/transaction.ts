import { chunks } from './chunks.js'
import type { SqlConnection, SqlDialect, SqlFault, SqlValue } from './dialect.js'
import type { ProgressMark } from './progress-entry.js'
import type { RowPlan } from './row-plan.js'
import type { Scopes } from './scopes.js'
import type { StatementTexts } from './statement-texts.js'
import { hourOf } from './sweep.js'

/** A row and the mark that it leaves: both are written, or neither. */
export interface MarkedRow {
  readonly plan: RowPlan
  readonly mark: ProgressMark
}

/** What became of one row: written; written before, or overtaken by a newer one; or refused by the database. */
export type RowResult = { readonly result: 'written' | 'repeat' } | { readonly result: 'refused'; readonly reason: string }

/** The database could not take the transaction. `atCommit`: it is not known whether it did. */
export class TransactionFailed extends Error {
  readonly fault: SqlFault
  readonly atCommit: boolean

  constructor(fault: SqlFault, message: string, { atCommit, cause }: { readonly atCommit: boolean; readonly cause: unknown }) {
    super(message, { cause })
    this.fault = fault
    this.atCommit = atCommit
  }
}

export interface TransactionParts {
  readonly connection: SqlConnection
  readonly dialect: SqlDialect
  readonly table: string
  readonly key: readonly string[]
  readonly scopes: Scopes
  readonly texts: StatementTexts
  /** ms since 1970. */
  readonly now: number
  /** Does this again as long as another program holds the lock. @throws what the work throws at last. */
  readonly whenFree: (work: () => Promise<void>) => Promise<void>
}

const claimValues = 6
const noColumns: readonly string[] = []
/** Rows of one statement: more gain nothing. */
const maxRows = 128

/** Rows and their marks, in one transaction. What it leaves behind is all of it or nothing. */
export class Transaction {
  readonly #parts: TransactionParts

  constructor(parts: TransactionParts) {
    this.#parts = parts
  }

  /**
   * All rows with as few statements as can be. False when one of them needs to be looked at alone, because it is a repeat
   * or because the database does not take it: nothing is written then.
   * @throws TransactionFailed
   */
  async together(rows: readonly MarkedRow[]): Promise<boolean> {
    await this.#begin()
    try {
      if (!(await this.#claimAll(rows))) {
        await this.#rollback()
        return false
      }
      for (const run of alike(rows)) await this.#write(run)
    } catch (error) {
      await this.#rollback()
      if (this.#parts.dialect.faultOf(error) === 'row') return false
      throw this.#failed(error)
    }
    try {
      await this.#commit()
    } catch (error) {
      if (error instanceof TransactionFailed && error.fault === 'row') return false
      throw error
    }
    return true
  }

  /** One row behind the other in one transaction; a row that is not taken leaves nothing behind. @throws TransactionFailed */
  async oneByOne(rows: readonly MarkedRow[]): Promise<readonly RowResult[]> {
    await this.#begin()
    const results: RowResult[] = []
    try {
      for (const row of rows) results.push(await this.#alone(row))
    } catch (error) {
      await this.#rollback()
      throw this.#failed(error)
    }
    await this.#commit()
    return results
  }

  async #alone(row: MarkedRow): Promise<RowResult> {
    const { connection, dialect } = this.#parts
    await connection.run('SAVEPOINT hms_sync_row', [])
    try {
      const isNew = await this.#claimAll([row])
      if (isNew) await this.#write([row])
      await connection.run('RELEASE SAVEPOINT hms_sync_row', [])
      return { result: isNew ? 'written' : 'repeat' }
    } catch (error) {
      if (dialect.faultOf(error) !== 'row') throw error
      this.#parts.scopes.forget()
      await connection.run('ROLLBACK TO SAVEPOINT hms_sync_row', [])
      await connection.run('RELEASE SAVEPOINT hms_sync_row', [])
      return { result: 'refused', reason: dialect.describe(error) }
    }
  }

  /** False when one of them was claimed before. */
  async #claimAll(rows: readonly MarkedRow[]): Promise<boolean> {
    const { connection, dialect, scopes, texts, now } = this.#parts
    const applied = hourOf(now)
    for (const chunk of chunks(rows, this.#most(claimValues))) {
      const values: SqlValue[] = []
      for (const { mark } of chunk)
        values.push(await scopes.numberOf(mark.scope, connection), mark.entry, mark.partition, mark.offset, mark.received, applied)
      if (
        (await connection.run(
          texts.of(noColumns, `claim ${chunk.length}`, () => dialect.claim(chunk.length)),
          values,
        )) !== chunk.length
      )
        return false
    }
    return true
  }

  async #write(rows: readonly MarkedRow[]): Promise<void> {
    const { connection, dialect, texts, table, key } = this.#parts
    const { kind, columns } = rows[0]!.plan
    const most = dialect.repeatsRows || kind === 'delete' ? this.#most(columns.length) : 1
    for (const chunk of chunks(rows, most)) {
      const values: SqlValue[] = []
      for (const { plan } of chunk) for (const value of plan.values) values.push(value)
      const { length } = chunk
      const text = (): string =>
        kind === 'delete' ? dialect.remove({ table, key }, length) : dialect.upsert({ table, key, columns }, length)
      await connection.run(texts.of(columns, `${kind} ${length}`, text), values)
    }
  }

  #most(valuesARow: number): number {
    return Math.min(maxRows, Math.floor(this.#parts.dialect.maxValues / valuesARow))
  }

  async #begin(): Promise<void> {
    const { connection, dialect, whenFree } = this.#parts
    try {
      await whenFree(async () => void (await connection.run(dialect.begin, [])))
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** Readers may hold it up, too: what is open then stays open, and can be tried again. */
  async #commit(): Promise<void> {
    const { connection, whenFree } = this.#parts
    try {
      await whenFree(async () => void (await connection.run('COMMIT', [])))
    } catch (error) {
      await this.#rollback()
      const { dialect } = this.#parts
      const fault = dialect.faultOf(error)
      // Busy, full and a deferred constraint leave the transaction open, so that the rollback took it back; the rest is not known.
      throw new TransactionFailed(fault, dialect.describe(error), { atCommit: fault === 'down', cause: error })
    }
  }

  async #rollback(): Promise<void> {
    this.#parts.scopes.forget()
    try {
      await this.#parts.connection.run('ROLLBACK', [])
    } catch {
      // The database has rolled back by itself, as SQLite does on a full disk, or is gone.
    }
  }

  #failed(error: unknown): TransactionFailed {
    if (error instanceof TransactionFailed) return error
    const { dialect } = this.#parts
    return new TransactionFailed(dialect.faultOf(error), dialect.describe(error), { atCommit: false, cause: error })
  }
}

/** Neighbours that one statement can write: same kind, same columns. Their order among one another is kept. */
function* alike(rows: readonly MarkedRow[]): Generator<readonly MarkedRow[]> {
  for (let from = 0, to = 1; from < rows.length; to++) {
    if (to < rows.length && sameForm(rows[from]!.plan, rows[to]!.plan)) continue
    yield rows.slice(from, to)
    from = to
  }
}

function sameForm(one: RowPlan, other: RowPlan): boolean {
  return (
    one.kind === other.kind && one.columns.length === other.columns.length && one.columns.every((column, i) => column === other.columns[i])
  )
}
