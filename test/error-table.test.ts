import { readFileSync } from 'node:fs'
import { errorCodes } from '@hms-sync/client'
import { describe, expect, it } from 'vitest'

const codes = Object.keys(errorCodes)
const page = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8')

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
})
