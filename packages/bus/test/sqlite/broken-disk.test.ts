import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStorage } from '#dist/open-storage.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-broken-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('stops accepting for good after an I/O error, and has all it acknowledged after a restart', async () => {
  // A file size limit makes writes fail with EFBIG: an I/O error that is not a full disk.
  const program = join(import.meta.dirname, 'failing-process.mjs')
  const output = execFileSync('sh', ['-c', `ulimit -f 4096; exec "${process.execPath}" "${program}" "${folder}"`], { encoding: 'utf8' })
  const { acknowledged, codes, after } = JSON.parse(output) as {
    acknowledged: number
    codes: string[]
    after: { append: string; commit: string; trim: string }
  }
  expect(acknowledged).toBeGreaterThan(0)
  expect(codes.length).toBeGreaterThan(0)
  for (const code of codes) expect(['unknown_outcome', 'storage_failed']).toContain(code)
  expect(after).toEqual({ append: 'storage_failed', commit: 'storage_failed', trim: 'storage_failed' })

  const { engine, close } = await openStorage({ folder })
  const [span] = await engine.span('t')
  expect(span!.events).toBeGreaterThanOrEqual(acknowledged)
  await close()
})
