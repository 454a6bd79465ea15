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
  const { done, faults } = await surviveKills(rounds)
  expect(done).toBeGreaterThan(rounds * 7)
  expect(faults).toEqual([])
})

it.each([
  ['forgets what it has written', /is there twice/],
  ['says done before it has written', /was done and is not there/],
])('notices a sink that %s', { timeout: 60_000 }, async (bug, fault) => {
  const { faults } = await surviveKills(5, bug)
  expect(faults.find((found) => fault.test(found))).toBeDefined()
})

async function surviveKills(times: number, bug = ''): Promise<{ readonly done: number; readonly faults: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'file-kills-'))
  const faults: string[] = []
  try {
    let done = 0
    for (let round = 0; round < times; round++) {
      done = await writeUntilKilled(folder, { done, batches: Math.floor(Math.random() * 40), bug })
      for (const line of visibleLines(folder)) if (!isWhole(line)) faults.push(`a half line: ${line}`)
    }
    const seen = new Set<number>()
    for (const line of [...visibleLines(folder), ...partLines(folder)].filter(isWhole)) {
      const { n } = JSON.parse(line) as { readonly n: number }
      if (seen.has(n)) faults.push(`${n} is there twice`)
      if (n > 0 && !seen.has(n - 1)) faults.push(`${n} is there before ${n - 1}`)
      seen.add(n)
    }
    // A batch that was not answered may be there; nothing that was answered may be missing.
    for (let n = 0; n < done; n++) if (!seen.has(n)) faults.push(`${n} was done and is not there`)
    return { done, faults }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isWhole(line: string): boolean {
  try {
    return typeof (JSON.parse(line) as { readonly n: unknown }).n === 'number'
  } catch {
    return false
  }
}

/** Answers the number behind the last event that was done; the next life begins a batch before it, as a bus does that was not told. */
async function writeUntilKilled(
  folder: string,
  { done, batches, bug }: { readonly done: number; readonly batches: number; readonly bug: string },
): Promise<number> {
  const from = Math.max(0, done - 7)
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'file-writer.mjs'), folder, String(from), bug], {
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
  const name = `.permits.${String(state.head.number).padStart(6, '0')}.part`
  if (!readdirSync(folder).includes(name)) return []
  const part = readFileSync(join(folder, name)).subarray(0, state.end)
  return part.toString('utf8').split('\n').slice(0, -1)
}
