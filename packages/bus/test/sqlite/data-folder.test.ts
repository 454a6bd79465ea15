import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStorage } from '#dist/open-storage.js'
import { openDatabase, refuseOldSqlite } from '#dist/sqlite/driver.js'
import { mountSmallDisk } from './mount.js'

let root: string
let folder: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hms-sync-folder-'))
  folder = join(root, 'deep', 'data')
})
afterEach(() => rm(root, { recursive: true }))

const topic = { name: 't', partitions: 1, retentionMs: 1_000 }
const event = { id: 'a', source: 's', key: null, received: 1_000, body: '{"id":"a"}' }

it('makes the folder for this user alone', async () => {
  const embedded = await openStorage({ folder })
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  await embedded.close()
})

it('refuses data of an unknown version, naming both versions', async () => {
  await (await openStorage({ folder })).close()
  writeSql('PRAGMA user_version = 7')
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'data_version',
    message: expect.stringMatching(/bus\.db has data version 7; this hms-sync reads version 1/),
  })
})

it('refuses another program’s SQLite file and leaves it as it is', async () => {
  await mkdir(folder, { recursive: true })
  writeSql('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)')
  const before = (await stat(join(folder, 'bus.db'))).size
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'data_version',
    message: expect.stringContaining('is not a data file of hms-sync'),
  })
  expect((await stat(join(folder, 'bus.db'))).size).toBe(before)
})

it('refuses a file that is no database, naming it and what to do', async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'bus.db'), 'not a database '.repeat(2_000))
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'storage_failed',
    message: expect.stringMatching(/bus\.db cannot be opened \(SQLITE_NOTADB.*\)\. Restore the data folder from a backup/),
  })
})

it('says which file is damaged when pages of it are, and gives back what it can', async () => {
  const first = await openStorage({ folder })
  await first.engine.ensureTopic(topic)
  for (let i = 0; i < 40; i++)
    await first.engine.append(
      't',
      0,
      Array.from({ length: 25 }, (_, n) => ({ ...event, id: `${i}-${n}`, body: `{"id":"${'x'.repeat(900)}"}` })),
    )
  await first.close()
  await damage(join(folder, 'bus.db'), 40 * 8_192, 80 * 8_192)

  const second = await openStorage({ folder })
  let error: unknown
  let found = 0
  try {
    for await (const { events } of second.engine.read('t', 0, 1n, AbortSignal.timeout(10_000))) found += events.length
  } catch (thrown) {
    error = thrown
  }
  expect(found).toBeLessThan(1_000)
  expect(error).toMatchObject({ code: 'storage_failed', message: expect.stringMatching(/bus\.db cannot be read \(.*malformed.*backup/) })
  await second.close()
})

it('says that a data folder cannot be made where there is a file', async () => {
  await writeFile(join(root, 'deep'), '')
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining(`${folder} cannot be written`),
  })
})

describe('on a disk that is read-only', () => {
  it('says which folder cannot be written and what to do', async (context) => {
    const disk = mountSmallDisk(16 * 1024 * 1024)
    if ('impossible' in disk) return context.skip(disk.impossible)
    try {
      const data = join(disk.path, 'data')
      const first = await openStorage({ folder: data, ballastBytes: 65_536 })
      await first.engine.ensureTopic(topic)
      await first.close()
      disk.readOnly()
      const refused = {
        code: 'storage_failed',
        message: expect.stringMatching(/cannot be (written|opened) .*Make .*writable for this user, or choose another one with --data/),
      }
      await expect(openStorage({ folder: data })).rejects.toMatchObject({ ...refused, message: expect.stringContaining(data) })
      await expect(openStorage({ folder: data })).rejects.toMatchObject(refused)
      await expect(openStorage({ folder: join(disk.path, 'other') })).rejects.toMatchObject(refused)
    } finally {
      disk.unmount()
    }
  })

  it('says so of files that must not be changed', async (context) => {
    await (await openStorage({ folder })).close()
    const file = join(folder, 'bus.db')
    try {
      execFileSync('chattr', ['+i', file], { stdio: 'pipe' })
    } catch (error) {
      return context.skip(`files cannot be made immutable here (${(error as Error).message.split('\n')[0]})`)
    }
    try {
      await expect(openStorage({ folder })).rejects.toMatchObject({ code: 'storage_failed', message: expect.stringContaining(file) })
    } finally {
      execFileSync('chattr', ['-i', file])
    }
  })
})

describe('the SQLite library', () => {
  it.each(['3.51.2', '3.50.9', '2.99.99', ''])('is refused as version "%s", which may corrupt files', (version) => {
    expect(() => refuseOldSqlite(version)).toThrow(/at least 3\.51\.3/)
  })

  it.each(['3.51.3', '3.52.0', '3.53', '4.0.0'])('is taken as version %s', (version) => {
    expect(() => refuseOldSqlite(version)).not.toThrow()
  })
})

function writeSql(sql: string): void {
  const database = openDatabase(join(folder, 'bus.db'))
  database.exec(sql)
  database.close()
}

async function damage(path: string, from: number, to: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(to - from, 0xa5), 0, to - from, from)
  await file.close()
}
