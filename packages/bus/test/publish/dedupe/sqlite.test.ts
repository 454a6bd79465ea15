import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite, type Sqlite } from '#dist/sqlite/open-sqlite.js'
import { SqliteStore } from '#dist/store/sqlite/sqlite-store.js'
import { hour, Setting } from './setting.js'

describe('the dedupe window over the SQLite store', () => {
  let folder: string
  let sqlite: Sqlite
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hms-sync-dedupe-'))
    sqlite = await openSqlite({ folder })
  })
  afterEach(async () => {
    await sqlite.close()
    rmSync(folder, { recursive: true })
  })
  const store = () => SqliteStore.open(sqlite)

  it('finds every id after a restart, in memory and on disk', async () => {
    const setting = new Setting({ segmentIds: 200, maxInMemory: 1_600 })
    const window = await setting.start({ store: await store() })
    for (let i = 0; i < 10; i++) {
      setting.publishMany(1_000, `b${i}`)
      // Candidates that lie on disk are read behind the writes that are under way.
      await setting.missing(setting.log.slice(0, 1))
      await sqlite.writer.commit({ steps: [], grows: false, bytes: 0 })
    }
    expect(await setting.missing(setting.log)).toEqual([])
    await window.close()
    await sqlite.close()

    sqlite = await openSqlite({ folder })
    const again = await setting.start({ store: await store() })
    expect(again.rebuilt).toBeNull()
    expect(again.stats()).toMatchObject({ entries: 10_000, segments: 50 })
    expect(again.candidates('hms-api', 'b0-0')).toBeInstanceOf(Promise)
    expect(await setting.missing(setting.log)).toEqual([])
  })

  it('drops what is too old, and the whole of another incarnation', async () => {
    const setting = new Setting({ segmentIds: 200, maxInMemory: 1_600 })
    const window = await setting.start({ store: await store() })
    setting.publishMany(1_000)
    await window.close()
    setting.clock.pass(hour + 1)
    expect((await setting.start({ store: await store() })).stats()).toMatchObject({ entries: 0, segments: 0 })

    setting.publishMany(1_000, 'young')
    await setting.window.close()
    setting.log.length = 0
    const anew = await setting.start({ store: await store(), incarnation: 'two' })
    expect(anew.next).toEqual([0n, 0n])
    const kept = []
    for await (const { number } of (await store()).segments('dedupe', 'permits', 0)) kept.push(number)
    expect(kept).toEqual([])
  })
})
