import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Environment } from '#dist/registry/environment.js'

describe('Environment', () => {
  it('lets the real environment win over .env, and says which line gave a value', () => {
    const env = new Environment({ A: 'real', EMPTY: '' }, '# a comment\nA=file\nexport B="two words"\nEMPTY=filled\n')
    expect(env.get('A')).toBe('real')
    expect(env.lineInFile('A')).toBeNull()
    expect(env.get('B')).toBe('two words')
    expect(env.lineInFile('B')).toBe(3)
    expect(env.get('EMPTY')).toBe('filled')
    expect(env.get('C')).toBeUndefined()
  })

  it('prints and serialises without its values', () => {
    const env = new Environment({ KEY: 'hunter2' }, 'OTHER=hunter2')
    expect(inspect(env, { depth: 9, showHidden: true }) + JSON.stringify(env)).not.toContain('hunter2')
  })

  it('is the real environment alone when there is no .env', () => {
    expect(new Environment({ A: '1' }).all()).toEqual({ A: '1' })
    expect(new Environment({ A: '1' }, 'A=2\nB=3\n').all()).toEqual({ A: '1', B: '3' })
  })
})
