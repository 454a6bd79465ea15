import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
let folder = ''

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the reporter of skips', () => {
  it('lists a skip with its reason and lets the run pass', () => {
    const { status, stdout, summary } = run(`it('adds', () => {}); it('needs a disk', ({ skip }) => skip('Mounting is not allowed here.'))`)
    expect(stdout).toContain('skipped: planted.test.js > needs a disk: Mounting is not allowed here.')
    expect(status).toBe(0)
    expect(summary).toEqual({ passed: 1, failed: 0, skipped: 1 })
  })

  it('fails a run with a skip that gives no reason', () => {
    const { status, stdout, summary } = run(`it('adds', () => {}); it.skip('was in the way', () => {})`)
    expect(stdout).toContain('skipped: planted.test.js > was in the way: NO REASON GIVEN')
    expect(status).toBe(1)
    expect(summary).toEqual({ passed: 1, failed: 1, skipped: 1 })
  })

  it('counts a file that cannot be loaded as a failure', () => {
    const { status, summary } = run(`throw new Error('broken')`)
    expect(status).toBe(1)
    expect(summary).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

/** Runs vitest on one planted file, in a folder and a process of its own. */
function run(source: string): { readonly status: number | null; readonly stdout: string; readonly summary: unknown } {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'reporter-')))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'planted.test.js'), `import { it } from 'vitest'\n${source}\n`)
  writeFileSync(
    join(folder, 'vitest.config.js'),
    `export default { test: { reporters: ['default', ${JSON.stringify(join(root, 'test/reporter.ts'))}] } }\n`,
  )
  const env = { ...process.env, HMS_SYNC_TEST_SUMMARY: join(folder, 'summary.json'), NO_COLOR: '1' }
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run'], { cwd: folder, env, encoding: 'utf8' })
  return { status, stdout, summary: JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) }
}
