import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { condition, describeWith, file, program } from './needs.js'

describeWith(program('node', { from: 'nodejs' }), 'a suite whose program is there', (path) => {
  it('runs with its path', () => {
    expect(spawnSync(path, ['--version']).stdout.toString()).toMatch(/^v\d+/)
  })
})

it('says what is missing and how to get it', () => {
  expect(program('no-such-program', { from: 'no-such-package' })).toEqual({
    path: null,
    reason: 'no-such-program is not installed (apt-get install no-such-package).',
    required: true,
  })
  expect(file('/no/such/file', 'The sample data')).toMatchObject({
    path: null,
    reason: 'The sample data is not there (/no/such/file).',
    required: false,
  })
  expect(condition(null).path).toBe('')
  expect(condition('Mounting is not allowed here.').path).toBeNull()
})
