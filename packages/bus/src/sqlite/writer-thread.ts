/**
 * The one thread that writes. One transaction is in flight; whatever arrived meanwhile is the next one: no timer, so a
 * lone write waits for nobody and a flood shares its syncs.
 */
import { statSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Ballast } from './ballast.js'
import type { CheckpointSignal } from './checkpoint-signal.js'
import { raiseCheckpoint } from './checkpoint-signal.js'
import { openDataFile, UnknownDataVersion } from './database-file.js'
import { type Database, describeFault, faultOf } from './driver.js'
import type { FromWriter, JobFault, ToWriter, WireJob } from './job.js'
import { ballastPath, databasePath, type SqliteSettings } from './settings.js'
import { Transactions } from './transaction.js'

const { settings, signal } = workerData as { settings: SqliteSettings; signal: CheckpointSignal }
/** While the disk is full, look for room at most this often. */
const lookForRoomMs = 200
const port = parentPort!
const answer = (message: FromWriter): void => port.postMessage(message)

const ballast = new Ballast(ballastPath(settings.folder), settings.ballastBytes)
const queue: WireJob[] = []
let diskFull = false
let lookedAt = 0
let broken: string | null = null
let uncheckpointed = 0
let closing = false

const opened = open()
if (opened !== null) {
  const { database, transactions } = opened
  port.on('message', (message: ToWriter) => {
    take(message, transactions)
    work(database, transactions)
  })
  answer({ opened: true })
}

function open(): { readonly database: Database; readonly transactions: Transactions } | null {
  try {
    const database = openDataFile(settings)
    ballast.hold()
    return { database, transactions: new Transactions(database, () => becomeFull(database)) }
  } catch (error) {
    const code = error instanceof UnknownDataVersion ? 'data_version' : faultOf(error) === 'full' ? 'disk_full' : 'storage_failed'
    answer({ refused: { code, message: describeFault(error) } })
    port.close()
    return null
  }
}

function take(message: ToWriter, transactions: Transactions): void {
  if ('close' in message) {
    closing = true
    return
  }
  for (const [number, sql] of message.sql) transactions.prepare(number, sql)
  for (const job of message.jobs) queue.push(job)
}

function work(database: Database, transactions: Transactions): void {
  for (;;) {
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
      take(more.message as ToWriter, transactions)
    if (queue.length === 0) break
    const jobs = queue.splice(0, countNext())
    const faults =
      broken === null ? write(jobs, transactions) : jobs.map((_, index): JobFault => ({ index, kind: 'broken', message: broken! }))
    answer({ answered: jobs.length, faults, diskFull })
    if (broken === null) keepWalSmall(database, jobs)
  }
  if (closing) close(database)
}

/** How many jobs of the queue make the next transaction: at least one, at most `maxTransactionRows` rows. */
function countNext(): number {
  let rows = 0
  let count = 0
  for (const job of queue) {
    for (const [, width, values] of job.steps) rows += values.length / Math.max(width, 1)
    if (count > 0 && rows > settings.maxTransactionRows) break
    count++
  }
  return count
}

function write(jobs: readonly WireJob[], transactions: Transactions): JobFault[] {
  if (diskFull && jobs.some((job) => job.grows)) lookForRoom()
  const admitted = diskFull ? jobs.filter((job) => !job.grows) : jobs
  const faults = admitted.length === 0 ? [] : transactions.run(admitted)
  broken = faults.find((fault) => fault.kind === 'broken' || fault.kind === 'unknown')?.message ?? broken
  if (admitted === jobs) return faults
  const refused = jobs.flatMap((job, index): JobFault[] => (job.grows ? [{ index, kind: 'full', message: 'The disk is full.' }] : []))
  return [...refused, ...faults.map((fault) => ({ ...fault, index: jobs.indexOf(admitted[fault.index]!) }))]
}

function becomeFull(database: Database): void {
  diskFull = true
  lookedAt = performance.now()
  ballast.release()
  // Moving the log into the file lets the log start over: progress then needs no new room at all.
  checkpoint(database, 'PASSIVE')
}

function lookForRoom(): void {
  if (performance.now() - lookedAt < lookForRoomMs) return
  lookedAt = performance.now()
  diskFull = !ballast.hold()
}

/** Readers and a busy writer keep a passive checkpoint from ever starting the log over: past the cap the writer stops for one. */
function keepWalSmall(database: Database, jobs: readonly WireJob[]): void {
  for (const job of jobs) uncheckpointed += job.bytes
  uncheckpointed += 16_384
  if (uncheckpointed < settings.checkpointBytes) return
  uncheckpointed = 0
  raiseCheckpoint(signal)
  if ((statSync(`${databasePath(settings.folder)}-wal`, { throwIfNoEntry: false })?.size ?? 0) > settings.maxWalBytes)
    checkpoint(database, 'TRUNCATE')
}

function checkpoint(database: Database, mode: 'PASSIVE' | 'TRUNCATE'): void {
  try {
    database.prepare(`PRAGMA wal_checkpoint(${mode})`).all()
  } catch (error) {
    if (faultOf(error) === 'broken') broken = describeFault(error)
  }
}

function close(database: Database): void {
  if (broken === null) checkpoint(database, 'TRUNCATE')
  database.close()
  answer({ closed: true })
  port.close()
}
