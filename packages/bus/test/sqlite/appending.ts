import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { Engine } from '#dist/engines/engine.js'
import { openStorage } from '#dist/open-storage.js'

/** A process that appends without end. Each number it acknowledges stands for five events and a progress row. */
export interface Appending {
  readonly pid: number
  /** Waits until so many more were acknowledged. */
  acknowledge(count: number): Promise<void>
  /** Stops it where it stands, without ending it. */
  freeze(): void
  /** Kills it (SIGKILL) and answers all that it acknowledged. May be called twice. */
  kill(): Promise<readonly number[]>
}

/** Every number ever acknowledged was printed before the process took the next step, so what it printed is what it owes. */
export async function startAppending(folder: string, synchronous: 'full' | 'normal' = 'full'): Promise<Appending> {
  const program = join(import.meta.dirname, 'appending-process.mjs')
  const child = spawn(process.execPath, [program, folder, synchronous], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const acknowledged: number[] = []
  await lines.next()
  return {
    pid: child.pid!,
    async acknowledge(count) {
      for (let left = count; left > 0; left--) acknowledged.push(Number((await lines.next()).value))
    },
    freeze: () => void child.kill('SIGSTOP'),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit')
        child.kill('SIGKILL')
        await exited
        for (let line = await lines.next(); line.done !== true; line = await lines.next())
          if (/^\d+$/.test(line.value)) acknowledged.push(Number(line.value))
      }
      return acknowledged
    },
  }
}

/** Which acknowledged numbers are not all there. What is there must be in order, once, and counted right. */
export async function lostOf(folder: string, acknowledged: readonly number[]): Promise<readonly number[]> {
  const { engine, store, close } = await openStorage({ folder, ballastBytes: 65_536 })
  await engine.ensureTopic({ name: 't', partitions: 2, retentionMs: 1_000 })
  const lost: number[] = []
  const progress = await store.progress()
  for (const partition of [0, 1]) {
    const stored = await readAll(engine, partition)
    expect(stored).toEqual(stored.toSorted((a, b) => a - b))
    const there = new Set(stored)
    expect(there.size).toBe(stored.length)
    const cursor = progress.find((one) => one.partition === partition)?.cursor ?? -1n
    for (const first of acknowledged.filter((number) => number % 2 === partition)) {
      if ([0, 1, 2, 3, 4].some((i) => !there.has(first + i)) || cursor < BigInt(first)) lost.push(first)
    }
  }
  await close()
  return lost
}

async function readAll(engine: Engine, partition: number): Promise<number[]> {
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
