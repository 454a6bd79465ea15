import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run, temporaryFolder } from '../processes.js'

async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const made = await temporaryFolder(files)
  onTestFinished(made.remove)
  return made.path
}

describe('hms-sync init', () => {
  it('writes a project that has no faults', async () => {
    const path = join(await folder(), 'new')
    const { code, stdout, stderr } = await run(['init', path])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('wrote topics.yaml')
    expect((await readdir(path)).sort()).toEqual(['.env.example', '.gitignore', 'adapters', 'schemas', 'topics.yaml'])
    const checked = await run(['check', path])
    expect(checked, checked.stdout).toMatchObject({ code: 0 })
  })

  it('never overwrites a file', async () => {
    const path = await folder({ 'topics.yaml': '# mine\n' })
    const { code, stdout } = await run(['init', path, '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ kept: ['topics.yaml'], written: expect.arrayContaining(['.gitignore']) })
    expect(await readFile(join(path, 'topics.yaml'), 'utf8')).toBe('# mine\n')
  })
})
