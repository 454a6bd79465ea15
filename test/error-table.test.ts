import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { errorCodes } from '@hms-sync/client'
import { describe, expect, it } from 'vitest'

const codes = Object.keys(errorCodes)
const page = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8')

const root = new URL('..', import.meta.url).pathname

describe('the table of error codes', () => {
  it('is what the reference page describes, code by code', () => {
    expect([...page.matchAll(/^### (\S+)$/gm)].map((match) => match[1])).toEqual(codes)
  })

  it.each(Object.entries(errorCodes))('%s has the status that the page names', (code, { status, title }) => {
    expect(page).toContain(`### ${code}\n\n${title}. HTTP ${status}.\n`)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
  })

  it('is what the types allow', () => {
    const types = readFileSync(new URL('../packages/client/dist/errors.d.ts', import.meta.url), 'utf8')
    expect([...types.matchAll(/readonly (\w+): \{\s*readonly status/g)].map((match) => match[1])).toEqual(codes)
  })

  it('holds no code that nothing raises', () => {
    const sources = execFileSync('git', ['grep', '-hoE', "'[a-z_]+'", '--', 'packages/*/src/**/*.ts', 'packages/*/src/*.ts'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    const written = new Set(sources.split('\n').map((quoted) => quoted.slice(1, -1)))
    expect(codes.filter((code) => !written.has(code))).toEqual([])
  })
})
