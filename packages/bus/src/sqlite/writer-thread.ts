/**
 * The one thread that writes. One transaction is in flight; whatever arrived meanwhile is the next one: no timer, so a
 * lone write waits for nobody and a flood shares its syncs.
 */
import { statfsSync, statSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Ballast } from './ballast.js'
import type { CheckpointSignal } from './checkpoint-signal.js'
import { raiseCheckpoint } from './checkpoint-signal.js'
import { openDataFile, pageBytes, UnknownDataVersion } from './database-file.js'
import { type Database, describeFault, faultOf } from './driver.js'
import type { FromWriter, JobFault, ToWriter, WireJob } from './job.js'
import { ballastPath, databasePath, type SqliteSettings } from './settings.js'
import { Transactions } from './transaction.js'

const { settings, signal } = workerData as { settings: SqliteSettings; signal: CheckpointSignal }
/** While the disk is full, look for room at most this often. */
const lookForRoomMs = 200
/** Free pages are kept for later events up to this, and up to a quarter of the file; what is more goes back a piece a checkpoint. */
const keptFreeBytes = 64 * 1024 * 1024
const pagesAtOnce = 128
const pagesWhenFull = 4096
/** While the disk is full, a checkpoint that runs beside ours is waited for, a moment at a time: SQLite refuses a second one at once. */
const cutAgainMs = 10
const cutMs = 500
const port = parentPort!
const answer = (message: FromWriter): void => port.postMessage(message)

const ballast = new Ballast(ballastPath(settings.folder), settings.ballastBytes)
const queue: WireJob[] = []
let diskFull = false
let lookedAt = 0
let broken: string | null = null
let uncheckpointed = 0
let closing = false
const pause = new Int32Array(new SharedArrayBuffer(4))

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
    const database = openOutOfReserve()
    return { database, transactions: new Transactions(database, () => becomeFull(database)) }
  } catch (error) {
    const code = error instanceof UnknownDataVersion ? 'data_version' : faultOf(error) === 'full' ? 'disk_full' : 'storage_failed'
    answer({ refused: { code, message: describeFault(error) } })
    port.close()
    return null
  }
}

/** A disk that filled up while the bus was down must not keep it from starting: then nothing could drain. */
function openOutOfReserve(): Database {
  let database: Database
  try {
    database = openDataFile(settings)
  } catch (error) {
    if (faultOf(error) !== 'full' || !ballast.release()) throw error
    database = openDataFile(settings)
  }
  diskFull = !ballast.hold() && noRoom()
  return database
}

function noRoom(): boolean {
  const { bavail, bsize } = statfsSync(settings.folder)
  return bavail * bsize < settings.ballastBytes
}

function take(message: ToWriter, transactions: Transactions): void {
  if ('close' in message) {
    closing = true
    return
  }
  for (const statement of message.sql) transactions.prepare(statement)
  for (const job of message.jobs) queue.push(job)
}

function work(database: Database, transactions: Transactions): void {
  for (;;) {
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
      take(more.message as ToWriter, transactions)
    if (queue.length === 0) break
    const jobs = queue.splice(0, countNext())
    const faults =
      broken === null
        ? write(jobs, database, transactions)
        : jobs.map((_, index): JobFault => ({ index, kind: 'broken', message: broken! }))
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

function write(jobs: readonly WireJob[], database: Database, transactions: Transactions): JobFault[] {
  if (diskFull && jobs.some((job) => job.grows)) lookForRoom(database)
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
  cutLog(database)
}

function lookForRoom(database: Database): void {
  if (performance.now() - lookedAt < lookForRoomMs) return
  lookedAt = performance.now()
  // Giving pages back is a write, too, and all at once may need more room than there is: a piece at a time gives room to the next.
  for (let given = 0; given < pagesWhenFull && !ballast.hold() && cutLog(database); given += pagesAtOnce) {
    if (!giveBack(database, pagesAtOnce)) break
  }
  cutLog(database)
  diskFull = !ballast.hold()
}

/** Moves the log into the file and gives its length back. Answers false when another checkpoint or a reader stayed in the way. */
function cutLog(database: Database): boolean {
  const until = performance.now() + cutMs
  while (broken === null) {
    if (tryCheckpoint(database, 'TRUNCATE')?.busy === 0) return true
    if (performance.now() > until) return false
    Atomics.wait(pause, 0, 0, cutAgainMs)
  }
  return false
}

/**
 * Readers and a busy writer keep a passive checkpoint from ever starting the log over: past the cap the writer stops for
 * one. The log keeps its length on the disk and is written over: cutting it took 12 to 25 ms, and growing it again costs
 * each sync a little more. One that a long read made much longer than the cap is cut.
 */
function keepWalSmall(database: Database, jobs: readonly WireJob[]): void {
  for (const job of jobs) uncheckpointed += job.bytes
  uncheckpointed += 16_384
  if (uncheckpointed < settings.checkpointBytes) return
  uncheckpointed = 0
  raiseCheckpoint(signal)
  if (manyFreePages(database) && giveBack(database, pagesAtOnce)) checkpoint(database, 'PASSIVE')
  if (checkpoint(database, 'NOOP') * pageBytes < settings.maxWalBytes) return
  const onDisk = statSync(`${databasePath(settings.folder)}-wal`, { throwIfNoEntry: false })?.size ?? 0
  checkpoint(database, onDisk > 2 * settings.maxWalBytes ? 'TRUNCATE' : 'RESTART')
}

function manyFreePages(database: Database): boolean {
  try {
    const free = pragma(database, 'freelist_count')
    return free * pageBytes > keptFreeBytes && free * 4 > pragma(database, 'page_count')
  } catch (error) {
    if (faultOf(error) === 'broken') broken = describeFault(error)
    return false
  }
}

/** Returns free pages to the file system; the file is cut by the next checkpoint. Answers whether there were any, and it could be done. */
function giveBack(database: Database, pages: number): boolean {
  try {
    if (pragma(database, 'freelist_count') === 0) return false
    database.exec(`PRAGMA incremental_vacuum(${pages})`)
    return true
  } catch (error) {
    if (faultOf(error) === 'broken') broken = describeFault(error)
    return false
  }
}

function pragma(database: Database, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0])
}

type CheckpointMode = 'NOOP' | 'PASSIVE' | 'RESTART' | 'TRUNCATE'

/** Answers how many pages lie in the log. `NOOP` asks for nothing else. */
function checkpoint(database: Database, mode: CheckpointMode): number {
  return tryCheckpoint(database, mode)?.pages ?? 0
}

/** `busy` is 0 when nobody was in the way. null: it failed. */
function tryCheckpoint(database: Database, mode: CheckpointMode): { readonly busy: number; readonly pages: number } | null {
  try {
    const { busy, log } = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
    return { busy: Number(busy), pages: Number(log) }
  } catch (error) {
    if (faultOf(error) === 'broken') broken = describeFault(error)
    return null
  }
}

function close(database: Database): void {
  if (broken === null) checkpoint(database, 'TRUNCATE')
  database.close()
  answer({ closed: true })
  port.close()
}
