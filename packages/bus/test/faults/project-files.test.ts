/** Files that attack whoever reads them: refused at the start and by `topics apply`, and a bus that runs is not disturbed. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { run, temporaryFolder } from '../processes.js'
import { Lives } from './lives.js'
import { post } from './producer.js'
import { watchWhile } from './watched-bus.js'

vi.setConfig({ testTimeout: 120_000 })
const steady = 'steady: { key: key }\n'
const doubling = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, { allOf: [ref(i + 1), ref(i + 1)] }]))
let deep: object = {}
for (let i = 0; i < 2_000; i++) deep = { properties: { a: deep } }

const yamlBombs: Readonly<Record<string, string>> = {
  'aliases that unfold to billions': `${[
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
  ].join('\n')}\n`,
  'flow collections nested without end': '[ '.repeat(400_000),
  'explicit keys nested without end': '? '.repeat(400_000),
  'a file of ten megabytes': `${steady}# ${'x'.repeat(10_000_000)}\n`,
}
const schemaBombs: Readonly<Record<string, object>> = {
  'references that double at every level': { $defs: { ...doubling, a40: { type: 'integer' } }, $ref: '#/$defs/a0' },
  'two thousand levels': deep,
  'a million nodes': { enum: Array.from({ length: 300_000 }, (_, i) => i) },
  'a reference to another server': { $ref: 'http://169.254.169.254/latest' },
  'a pattern with a back reference': { pattern: '^(a+)\\1+$' },
}

describe('a project that cannot be trusted', () => {
  it.each(Object.entries(yamlBombs))('with %s in topics.yaml does not start, and says where', async (_what, text) => {
    const folder = await temporaryFolder({ 'topics.yaml': text })
    const end = await run(['serve', folder.path, '--port', '0', '--json'])
    await folder.remove()
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).toMatch(/topics\.yaml(:\d+:\d+)?: /)
    expect(end.stderr.length).toBeLessThan(20_000)
  })

  it.each(Object.entries(schemaBombs))('with %s in a schema does not start, and says which file', async (_what, schema) => {
    const folder = await temporaryFolder({ 'topics.yaml': 'steady: { schema: v1 }\n', 'schemas/steady.v1.json': JSON.stringify(schema) })
    const end = await run(['serve', folder.path, '--port', '0', '--json'])
    await folder.remove()
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).toMatch(/steady\.v1\.json/)
    expect(end.stderr.length).toBeLessThan(20_000)
  })
})

describe('topics apply on a bus that runs', () => {
  let lives: Lives
  beforeAll(async () => {
    lives = await Lives.begin({ files: { 'topics.yaml': steady } })
    return () => lives.dispose()
  })

  it('refuses each of these files and keeps what it has, while publishing goes on', async () => {
    const apply = () =>
      fetch(`${lives.url}/v1/registry/apply`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
    await mkdir(join(lives.folder, 'schemas'))
    const { grownBytes } = await watchWhile(lives, async () => {
      for (const text of Object.values(yamlBombs)) {
        await writeFile(join(lives.folder, 'topics.yaml'), text)
        expect((await apply()).status).toBe(422)
      }
      await writeFile(join(lives.folder, 'topics.yaml'), 'steady: { key: key, schema: v1 }\n')
      for (const schema of Object.values(schemaBombs)) {
        await writeFile(join(lives.folder, 'schemas/steady.v1.json'), JSON.stringify(schema))
        expect((await apply()).status).toBe(422)
      }
    })
    expect(grownBytes).toBeLessThan(300 * 1024 * 1024)
    await rm(join(lives.folder, 'schemas'), { recursive: true })
    await writeFile(join(lives.folder, 'topics.yaml'), `${steady}more: {}\n`)
    expect((await apply()).status).toBe(200)
    expect((await post(lives.url, 'more', { source: 'clerk', id: '1', payload: {} })).status).toBe(201)
  })
})

function ref(level: number): object {
  return { $ref: `#/$defs/a${level}` }
}
