import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { readPartState } from '#dist/sinks/file/part-state.js'

const rounds = Number(process.env.HMS_SYNC_FAULT_ROUNDS ?? 20)

it('has every event once and no half line under a name, over kill -9 at random moments', { timeout: 30_000 + rounds * 5_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'file-kills-'))
  try {
    let done = 0
    for (let round = 0; round < rounds; round++) {
      done = await writeUntilKilled(folder, done, Math.floor(Math.random() * 40))
      for (const line of visibleLines(folder)) JSON.parse(line)
    }
    const numbers = [...visibleLines(folder), ...partLines(folder)].map((line) => (JSON.parse(line) as { readonly n: number }).n)
    expect(done).toBeGreaterThan(rounds * 7)
    // A batch that was not answered may be there, once; nothing that was answered may be missing.
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.length).toBeGreaterThanOrEqual(done)
    expect(numbers).toEqual(numbers.map((_, i) => i))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Answers the number behind the last event that was done; the next life begins a batch before it, as a bus does that was not told. */
async function writeUntilKilled(folder: string, done: number, batches: number): Promise<number> {
  const from = Math.max(0, done - 7)
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'file-writer.mjs'), folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(writer, 'exit')
  let last = done
  let seen = 0
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Math.max(last, Number(line))
    if (seen++ === batches) setTimeout(() => writer.kill('SIGKILL'), Math.random() * 5)
  }
  await gone
  return last
}

function visibleLines(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  return names.sort().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
}

/** What the hidden part vouches for. */
function partLines(folder: string): readonly string[] {
  const state = readPartState(readFileSync(join(folder, '.permits.state'), 'utf8'))!
  if (!readdirSync(folder).includes('.permits.part')) return []
  const part = readFileSync(join(folder, '.permits.part')).subarray(0, state.end)
  return part.toString('utf8').split('\n').slice(0, -1)
}
