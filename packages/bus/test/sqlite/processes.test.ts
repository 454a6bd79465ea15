import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEmbedded } from '#dist/open-embedded.js'

const program = join(import.meta.dirname, 'appending-process.mjs')
const rounds = Number(process.env.HMS_SYNC_KILL_ROUNDS ?? 5)
let folder: string
let child: ChildProcess | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-kill-'))
})
afterEach(async () => {
  if (child !== null) await kill(child)
  await rm(folder, { recursive: true })
})

it('tells a second process which one owns the data folder, and lets it in after that one was killed', async () => {
  child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  await linesOf(child).next()
  await expect(openEmbedded({ folder })).rejects.toMatchObject({
    code: 'data_folder_in_use',
    message: expect.stringMatching(new RegExp(`^Process ${child.pid} on .+ owns the data folder ${folder}\\. .*--data`)),
  })
  await kill(child)
  await (await openEmbedded({ folder })).close()
})

it('has every acknowledged event, in order and once, after kill -9 at random moments', { timeout: 20_000 * rounds }, async () => {
  const seed = Number(process.env.HMS_SYNC_SEED ?? Math.floor(Math.random() * 1e9))
  console.info(`seed ${seed}`)
  const random = randomOf(seed)
  for (let round = 0; round < rounds; round++) {
    const mine = join(folder, `${round}`)
    child = spawn(process.execPath, [program, mine], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = linesOf(child)
    await lines.next()
    const acknowledged: number[] = []
    for (let left = 1 + Math.floor(random() * 2_000); left > 0; left--) acknowledged.push(Number((await lines.next()).value))
    await kill(child)
    for await (const line of lines) if (/^\d+$/.test(line)) acknowledged.push(Number(line))
    await expectAll(mine, acknowledged)
  }
})

async function expectAll(mine: string, acknowledged: readonly number[]): Promise<void> {
  const { engine, store, close } = await openEmbedded({ folder: mine })
  const found = [await readAll(engine, 0), await readAll(engine, 1)] as const
  const progress = await store.progress()
  await close()
  for (const partition of [0, 1]) {
    const stored = found[partition]!
    expect(stored).toEqual(stored.toSorted((a, b) => a - b))
    expect(new Set(stored).size).toBe(stored.length)
    const mustBe = acknowledged.filter((first) => first % 2 === partition)
    const there = new Set(stored)
    expect(mustBe.flatMap((first) => [0, 1, 2, 3, 4].map((i) => first + i)).filter((number) => !there.has(number))).toEqual([])
    if (mustBe.length > 0)
      expect(progress.find((one) => one.partition === partition)!.cursor).toBeGreaterThanOrEqual(BigInt(Math.max(...mustBe)))
  }
}

async function readAll(engine: Awaited<ReturnType<typeof openEmbedded>>['engine'], partition: number): Promise<number[]> {
  const { first, next, events } = (await engine.span('t'))[partition]!
  const found: number[] = []
  if (events === 0) return found
  for await (const batch of engine.read('t', partition, first, AbortSignal.timeout(10_000))) {
    found.push(...batch.events.map(({ id }) => Number(id)))
    if (batch.next >= next!) break
  }
  expect(found.length).toBe(events)
  return found
}

async function* linesOf(process: ChildProcess): AsyncGenerator<string, void, undefined> {
  yield* createInterface({ input: process.stdout! })
}

async function kill(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  const exited = once(process, 'exit')
  process.kill('SIGKILL')
  await exited
}

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
