import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStorage } from '#dist/open-storage.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-embedded-'))
})
afterEach(() => rm(folder, { recursive: true }))

const event = { id: 'a', source: 'hms-api', key: null, received: 1_000, body: '{"id":"a"}' }

it('keeps events and progress over a restart in one data folder', async () => {
  const first = await openStorage({ folder })
  const incarnation = await first.engine.ensureTopic({ name: 't', partitions: 1, retentionMs: 1_000 })
  const progress = {
    group: 'g',
    topic: 't',
    partition: 0,
    incarnation,
    cursor: 2n ** 62n,
    ahead: [{ first: 2n ** 62n + 2n, last: 2n ** 62n + 9n }],
  }
  await Promise.all([first.engine.append('t', 0, [event]), first.store.commit([{ kind: 'progress', progress }])])
  await first.close()
  await first.close()

  const second = await openStorage({ folder })
  expect(await second.store.progress()).toEqual([progress])
  for await (const { events, next } of second.engine.read('t', 0, 1n, AbortSignal.timeout(10_000))) {
    expect(events).toEqual([{ ...event, offset: 1n }])
    expect(next).toBe(2n)
    break
  }
  await second.close()
  expect((await readdir(folder)).sort()).toEqual(['ballast', 'bus.db', 'lock.db'])
})

it('refuses a data folder that is open, naming the process that has it', async () => {
  const first = await openStorage({ folder })
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'data_folder_in_use',
    message: expect.stringContaining(`Process ${process.pid}`),
  })
  await first.close()
  await (await openStorage({ folder })).close()
})
