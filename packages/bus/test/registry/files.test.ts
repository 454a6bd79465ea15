import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProject } from '#dist/registry/load-project.js'
import { faultsOf, folderWith, load } from './folder.js'

describe('schemas/', () => {
  it('gives every version found, TOPIC.json as v1', async () => {
    const { topics, remarks } = await load({
      'topics.yaml': 'a.b: {schema: v2}\nc: {version: 1}\n',
      'schemas/a.b.v1.json': '{}',
      'schemas/a.b.v2.json': '{"type":"object"}',
      'schemas/c.json': 'true',
      'schemas/README.md': '',
    })
    expect(topics.map((topic) => topic.schemas.map(({ version, text }) => [version, text]))).toEqual([
      [
        [1, '{}'],
        [2, '{"type":"object"}'],
      ],
      [[1, 'true']],
    ])
    expect(remarks).toEqual([])
  })

  it('remarks a version without its file, a schema nobody names and a file of no topic', async () => {
    const { remarks } = await load({
      'topics.yaml': 'permits: {schema: v3}\nother: {}\n',
      'schemas/permits.v1.json': '{}',
      'schemas/other.v1.json': '{}',
      'schemas/permit.v1.json': '{}',
    })
    expect(remarks).toEqual([
      'schemas/permit.v1.json belongs to no topic of topics.yaml and is not read. Did you mean permits?',
      'permits is unvalidated: there is no schemas/permits.v3.json.',
      'other names no schema, though schemas/ has v1: its events are not validated. Write schema: v1.',
    ])
  })

  it('refuses other languages, two files of one version, names with two readings, large and foreign files', async () => {
    expect(
      await faultsOf({
        'topics.yaml': 'a: {schema: v1}\na.v2: {}\nb: {}\n',
        'schemas/a.v1.avsc': '{}',
        'schemas/b.proto': '',
        'schemas/a.json': '{}',
        'schemas/a.v1.json': '{}',
        'schemas/a.v2.json': '{}',
        'schemas/b.v1.json': ' '.repeat(262_145),
        'schemas/b.v2.json': Buffer.from([0x22, 0xff, 0x22]),
      }),
    ).toEqual([
      'schemas/a.v1.avsc: This version reads JSON Schema only. Write the contract as schemas/a.v1.json.',
      'schemas/a.v1.json: This and schemas/a.json are both v1 of a. Remove one.',
      'schemas/a.v2.json: This could be v2 of a or v1 of a.v2. Rename one of the two topics.',
      'schemas/b.proto: This version reads JSON Schema only. Write the contract as schemas/b.v1.json.',
      'schemas/b.v1.json: The file is larger than 256 KiB. Make it smaller.',
      'schemas/b.v2.json: The file is not UTF-8. Save it as UTF-8.',
    ])
  })
})

describe('adapters/', () => {
  it('finds files and folders of adapters and nothing else', async () => {
    const folder = await folderWith({
      'topics.yaml': '',
      'adapters/scheduling.js': '',
      'adapters/payroll.ts': '',
      'adapters/mail.yml': '',
      'adapters/city-health/adapter.mjs': '',
      'adapters/city-health/notes.js': '',
      'adapters/payroll.test.ts': '',
      'adapters/types.d.ts': '',
      'adapters/.hidden.js': '',
      'adapters/README.md': '',
      'adapters/cityHealth/index.js': '',
      'elsewhere/adapter.js': '',
    })
    await symlink(join(folder, 'elsewhere'), join(folder, 'adapters/linked'))
    const { adapterFiles, remarks } = await loadProject({ folder, env: {} })
    expect(adapterFiles.map(({ name, path }) => [name, path.slice(folder.length + 1)])).toEqual([
      ['city-health', 'adapters/city-health/adapter.mjs'],
      ['linked', 'adapters/linked/adapter.js'],
      ['mail', 'adapters/mail.yml'],
      ['payroll', 'adapters/payroll.ts'],
      ['scheduling', 'adapters/scheduling.js'],
    ])
    expect(remarks).toEqual(['adapters/cityHealth/index.js is not loaded. To make it an adapter of the bus, call it adapter.js.'])
  })

  it('refuses two of one name and names that are none', async () => {
    expect(
      await faultsOf({ 'topics.yaml': '', 'adapters/a.js': '', 'adapters/a.ts': '', 'adapters/a/adapter.yaml': '', 'adapters/b c.js': '' }),
    ).toEqual([
      'adapters/a.js: "a": Two adapters have this name; the other is adapters/a/adapter.yaml. Remove or rename one.',
      'adapters/a.ts: "a": Two adapters have this name; the other is adapters/a/adapter.yaml. Remove or rename one.',
      expect.stringContaining('adapters/b c.js: "b c": This is not an adapter’s name.'),
    ])
  })
})

describe('loadProject', () => {
  it('names the faults of topics, settings and schemas together', async () => {
    const faults = await faultsOf({
      'topics.yaml': 'a: {schema: v1}\nb: {retention: soon}\n',
      'hms-sync.yaml': 'loglevel: info',
      'schemas/a.v1.json': '{\n  "type": "objekt"\n}',
    })
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['topics.yaml:2:16:', 'hms-sync.yaml:1:1:', 'schemas/a.v1.json:2:11:'])
  })

  it('says which folder is missing', async () => {
    await expect(loadProject({ folder: '/nowhere/at/all', env: {} })).rejects.toThrow('/nowhere/at/all: There is no such folder.')
  })

  it('refuses a topics.yaml above 1 MiB, and one that is a folder', async () => {
    expect(await faultsOf({ 'topics.yaml': '#'.repeat(1_048_577) })).toEqual([
      'topics.yaml: The file is larger than 1024 KiB. Make it smaller.',
    ])
    expect(await faultsOf({ 'topics.yaml/x': '' })).toEqual([
      'topics.yaml: The file cannot be read (EISDIR). Check that it is a file and who may read it.',
    ])
  })

  it('says so when .env cannot be read, and when a file is missing beside it', async () => {
    expect(await faultsOf({ '.env/x': '' })).toEqual([
      '.env: The file cannot be read (EISDIR). Check that it is a file and who may read it.',
      expect.stringContaining('topics.yaml: There is no such file.'),
    ])
  })

  it('gives the environment on, .env included', async () => {
    const project = await load({ 'topics.yaml': '', '.env': 'CITY_KEY=secret\n' }, { env: { HOME: '/root' } })
    expect(project.environment.get('CITY_KEY')).toBe('secret')
    expect(JSON.stringify(project)).not.toContain('secret')
  })
})
