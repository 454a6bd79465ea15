import { type Database, describeFault, faultOf, type Statement, type Value } from './driver.js'
import type { JobFault, WireJob, WireStatement } from './job.js'

/** A statement, and the same for `rows` rows at once where there is one. */
interface Prepared {
  readonly one: Statement
  readonly many: Statement | null
  readonly rows: number
}

type Fault = Pick<JobFault, 'kind' | 'message'>

/** Runs jobs in transactions. Knows nothing of threads. */
export class Transactions {
  readonly #database: Database
  readonly #sql = new Map<number, WireStatement>()
  readonly #statements = new Map<number, Prepared>()
  readonly #onFull: () => void

  /** `onFull` is called whenever the disk turned out to be full, before jobs are tried again: it makes what room it can. */
  constructor(database: Database, onFull: () => void) {
    this.#database = database
    this.#onFull = onFull
  }

  prepare(statement: WireStatement): void {
    this.#sql.set(statement[0], statement)
  }

  /**
   * Commits all jobs in one transaction, or, when that fails, one by one, so that one bad job does not fail others.
   * After a fault of the disk nothing is tried again: a page that failed to sync may be marked clean.
   */
  run(jobs: readonly WireJob[]): JobFault[] {
    const fault = this.#attempt(jobs)
    if (fault === null) return []
    if (fault.kind === 'broken' || fault.kind === 'unknown') return jobs.map((_, index) => ({ index, ...fault }))
    return this.#oneByOne(jobs, fault.kind === 'full')
  }

  #oneByOne(jobs: readonly WireJob[], alreadyFull: boolean): JobFault[] {
    const faults: JobFault[] = []
    let full = alreadyFull
    let broken: Fault | null = null
    if (full) this.#onFull()
    for (const [index, job] of jobs.entries()) {
      let fault: Fault | null = broken
      if (fault === null && full && job.grows) fault = { kind: 'full', message: 'The disk is full.' }
      fault ??= this.#attempt([job])
      if (fault?.kind === 'full' && !(full && job.grows)) {
        this.#onFull()
        full = true
        if (!job.grows) fault = this.#attempt([job])
      }
      if (fault === null) continue
      faults.push({ index, ...fault })
      if (fault.kind === 'broken' || fault.kind === 'unknown') broken = { kind: 'broken', message: fault.message }
    }
    return faults
  }

  #attempt(jobs: readonly WireJob[]): Fault | null {
    let committing = false
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      this.#write(jobs)
      committing = true
      this.#database.exec('COMMIT')
      return null
    } catch (error) {
      const fault = faultOf(error)
      try {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      } catch (rollback) {
        return { kind: 'broken', message: describeFault(rollback) }
      }
      // Pages that were written before the sync failed may be found again by recovery.
      return { kind: fault === 'broken' && committing ? 'unknown' : fault, message: describeFault(error) }
    }
  }

  #write(jobs: readonly WireJob[]): void {
    const tallies = new Map<string, { readonly number: number; readonly key: number; readonly amounts: number[] }>()
    for (const job of jobs) {
      for (const [number, width, values] of job.steps) this.#run(number, width, values)
      if (job.tally !== undefined) addTally(tallies, job.tally)
    }
    for (const { number, key, amounts } of tallies.values()) this.#statement(number).one.run(key, ...amounts)
  }

  #run(number: number, width: number, values: readonly Value[]): void {
    const { one, many, rows } = this.#statement(number)
    if (values.length === width) {
      one.run(...values)
      return
    }
    let i = 0
    if (many !== null) {
      for (const wide = width * rows; i + wide <= values.length; i += wide) many.run(...values.slice(i, i + wide))
    }
    for (; i < values.length; i += width) one.run(...values.slice(i, i + width))
  }

  #statement(number: number): Prepared {
    let statement = this.#statements.get(number)
    if (statement === undefined) {
      const [, sql, many] = this.#sql.get(number)!
      const prepare = (text: string) => this.#database.prepare(text)
      statement = { one: prepare(sql), many: many === null ? null : prepare(many.sql), rows: many?.rows ?? 1 }
      this.#statements.set(number, statement)
    }
    return statement
  }
}

function addTally(
  tallies: Map<string, { readonly number: number; readonly key: number; readonly amounts: number[] }>,
  [number, key, amounts]: NonNullable<WireJob['tally']>,
): void {
  const name = `${number}:${key}`
  const sum = tallies.get(name)
  if (sum === undefined) tallies.set(name, { number, key, amounts: [...amounts] })
  else for (const [i, amount] of amounts.entries()) sum.amounts[i]! += amount
}
