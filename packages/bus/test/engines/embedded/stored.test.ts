import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Engine, Gap } from '#dist/engines/engine.js'
import { FolderHarness } from './harness.js'

const count = 3_000

describe('reading the past', () => {
  let folder: FolderHarness
  let engine: Engine
  let abort: AbortController

  beforeEach(async () => {
    folder = new FolderHarness()
    abort = new AbortController()
    engine = (await folder.open()).engine
    await engine.ensureTopic({ name: 'permits', partitions: 1, retentionMs: 60_000 })
    const events = Array.from({ length: count }, (_, i) => ({
      id: `p${i}`,
      source: 'clerk',
      key: null,
      received: 1_000 + i,
      body: `{"n":${i}}`,
    }))
    await engine.append('permits', 0, events)
    // Nothing of it is in memory then.
    engine = (await folder.reopen()).engine
  })
  afterEach(async () => {
    abort.abort()
    await folder.dispose()
  })

  it('gives every event once and in order, though a quick reader’s next batch is read ahead', async () => {
    const ids: string[] = []
    for await (const batch of engine.read('permits', 0, 1n, abort.signal)) {
      ids.push(...batch.events.map((event) => event.id))
      if (ids.length >= count) break
    }
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => `p${i}`))
  })

  it('tells of a gap, though the batch that lacks nothing yet was read before the trimming', async () => {
    const reading = engine.read('permits', 0, 1n, abort.signal)[Symbol.asyncIterator]()
    await reading.next()
    // The second one comes at once, and the third is under way.
    await reading.next()
    await engine.trim('permits', 0, 2_900n, abort.signal)
    await expect(reading.next()).rejects.toThrow(Gap)
  })

  it('goes on with what is appended while the past is read', async () => {
    const ids: string[] = []
    let appended = false
    for await (const batch of engine.read('permits', 0, 1n, abort.signal)) {
      ids.push(...batch.events.map((event) => event.id))
      if (!appended) {
        expect(ids.length).toBeLessThan(count)
        appended = true
        await engine.append('permits', 0, [{ id: 'late', source: 'clerk', key: null, received: 9_000, body: '{}' }])
      }
      if (ids.at(-1) === 'late') break
    }
    expect(ids.length).toBe(count + 1)
  })
})
