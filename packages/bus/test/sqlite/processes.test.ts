import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStorage } from '#dist/open-storage.js'
import { type Appending, lostOf, startAppending } from './appending.js'

const rounds = Number(process.env.HMS_SYNC_KILL_ROUNDS ?? 5)
let folder: string
let child: Appending | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-kill-'))
})
afterEach(async () => {
  await child?.kill()
  await rm(folder, { recursive: true })
})

it('tells a second process which one owns the data folder, and lets it in after that one was killed', async () => {
  child = await startAppending(folder)
  await expect(openStorage({ folder })).rejects.toMatchObject({
    code: 'data_folder_in_use',
    message: expect.stringMatching(new RegExp(`^Process ${child.pid} on .+ owns the data folder ${folder}\\. .*--data`)),
  })
  await child.kill()
  await (await openStorage({ folder })).close()
})

it('has every acknowledged event, in order and once, after kill -9 at random moments', { timeout: 20_000 * rounds }, async () => {
  const seed = Number(process.env.HMS_SYNC_SEED ?? Math.floor(Math.random() * 1e9))
  console.info(`seed ${seed}`)
  const random = randomOf(seed)
  for (let round = 0; round < rounds; round++) {
    const mine = join(folder, `${round}`)
    child = await startAppending(mine)
    await child.acknowledge(1 + Math.floor(random() * 2_000))
    expect(await lostOf(mine, await child.kill())).toEqual([])
  }
})

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
