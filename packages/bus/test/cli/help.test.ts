import { describe, expect, it } from 'vitest'
import { run } from '../processes.js'

const commandLines = [
  ['serve'],
  ['init'],
  ['publish'],
  ['subscribe'],
  ['topics', 'list'],
  ['topics', 'show'],
  ['topics', 'add'],
  ['topics', 'apply'],
  ['groups', 'list'],
  ['groups', 'show'],
  ['groups', 'seek'],
  ['groups', 'delete'],
  ['adapters', 'list'],
  ['adapters', 'show'],
  ['adapters', 'test'],
  ['adapters', 'pause'],
  ['adapters', 'resume'],
  ['adapters', 'reload'],
  ['dlq', 'list'],
  ['dlq', 'show'],
  ['dlq', 'edit'],
  ['dlq', 'redrive'],
  ['dlq', 'skip'],
  ['deliveries'],
  ['trace'],
  ['replay'],
  ['check'],
  ['doctor'],
]

describe('hms-sync --help', () => {
  it.each(commandLines)('shows examples for %s %s', async (...line) => {
    const words = line.filter((word) => word !== undefined)
    const { code, stdout, stderr } = await run([...words, '--help'])
    expect(stdout).toContain(`Usage: hms-sync ${words.join(' ')}`)
    expect(stdout).toMatch(/Examples:\n {2}\$ .*hms-sync/)
    expect(stdout).toContain('--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('lists every command', async () => {
    const { code, stdout } = await run(['--help'])
    for (const [name] of commandLines) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
    expect(code).toBe(0)
  })

  it('names the nearest command for a misspelt one and exits 2', async () => {
    const { code, stdout, stderr } = await run(['publsh', 'permitApproved', '{}'])
    expect(stderr).toContain("unknown command 'publsh'")
    expect(stderr).toContain('Did you mean publish?')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('names the nearest option for a misspelt one and exits 2', async () => {
    const { code, stderr } = await run(['subscribe', 'permitApproved', '--sinc=10m'])
    expect(stderr).toContain('Did you mean --since?')
    expect(code).toBe(2)
  })

  it('exits 2 without a command', async () => {
    expect((await run([])).code).toBe(2)
  })
})
