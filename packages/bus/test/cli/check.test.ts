import { describe, expect, it, onTestFinished } from 'vitest'
import { run, temporaryFolder } from '../processes.js'

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const made = await temporaryFolder(files)
  onTestFinished(made.remove)
  return made.path
}

describe('hms-sync check', () => {
  it('tells every fault with file, line and column, and exits 1', async () => {
    const { code, stdout } = await run(['check', await folder({ 'topics.yaml': 'a:\n  qos: twice\nb:\n  retenshun: 7d\n' })])
    expect(stdout).toMatch(/^topics\.yaml:2:8: .*twice/m)
    expect(stdout).toMatch(/^topics\.yaml:4:3: .*retention/m)
    expect(code).toBe(1)
  })

  it('gives the same faults to programs', async () => {
    const { code, stdout } = await run(['check', '--json', await folder({ 'topics.yaml': 'a:\n  qos: twice\n' })])
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ file: 'topics.yaml', line: 2, column: 8, text: 'twice' }] })
    expect(code).toBe(1)
  })

  it('remarks on a topic without its schema file', async () => {
    const { code, stdout } = await run(['check', await folder({ 'topics.yaml': 'a: { schema: v1 }\n' })])
    expect(stdout).toMatch(/unvalidated/)
    expect(code).toBe(0)
  })

  it('says what every topic and adapter pair really gets', async () => {
    const path = await folder({
      'topics.yaml': 'permitApproved: { key: permitId, consumers: [scheduling] }\n',
      'adapters/scheduling.js': `export default { url: 'http://127.0.0.1:9/api/slots' }\n`,
    })
    const { code, stdout } = await run(['check', path])
    expect(stdout).toMatch(/permitApproved -> scheduling: .*Idempotency-Key/)
    expect(code).toBe(0)
  })

  it('tells what each sink of an adapter makes of a repeat', async () => {
    const sqlite = `{ to: { sqlite: { file: w.db, table: permits, key: id } } }`
    const file = `{ topics: inspections, to: { file: { folder: exports, format: ndjson } } }`
    const path = await folder({
      'topics.yaml': 'permits: { key: id, consumers: [warehouse] }\ninspections: {}\n',
      'adapters/warehouse.yaml': `sinks:\n  - ${sqlite}\n  - ${file}\n`,
    })
    const { stdout } = await run(['check', path])
    expect(stdout).toMatch(/^permits -> warehouse: .*one transaction$/m)
    expect(stdout).toMatch(/^inspections -> warehouse: .*Idempotency-Key/m)
  })

  it('loads adapter files as the bus would, with .env, and tells their faults where they stand', async () => {
    const path = await folder({
      'topics.yaml': 'permits: {}\n',
      '.env': 'SCHEDULING_KEY=a-key\n',
      'adapters/typo.yaml': 'uri: http://127.0.0.1:9\nurl: http://127.0.0.1:9\n',
      'adapters/nokey.js': `export default { url: 'http://127.0.0.1:9', headers: { 'x-api-key': process.env.MISSING_KEY } }\n`,
      'adapters/good.js': `export default { url: 'http://127.0.0.1:9', headers: { 'x-api-key': process.env.SCHEDULING_KEY } }\n`,
    })
    const { code, stdout } = await run(['check', path])
    expect(code).toBe(1)
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^adapters\/nokey\.js:1:56: "x-api-key": there is no value; .*\.env/),
      'adapters/typo.yaml:1:1: "uri": there is no such key; did you mean "url"?',
    ])
    expect(JSON.parse((await run(['check', '--json', path])).stdout).items).toMatchObject([
      { file: 'adapters/nokey.js', line: 1, column: 56, text: 'x-api-key' },
      { file: 'adapters/typo.yaml', line: 1, column: 1, text: 'uri' },
    ])
  })

  it('knows the topic of notices, which no file names', async () => {
    const path = await folder({
      'topics.yaml': 'permits: {}\n',
      'adapters/mails.yaml': 'url: http://127.0.0.1:9\ntopics: [hms.sync.notices, permits]\n',
    })
    const { code, stdout } = await run(['check', path])
    expect(stdout).toMatch(/^permits -> mails: /)
    expect(code).toBe(0)
  })

  it('refuses a sink that may repeat its effect on a topic that promises each effect once', async () => {
    const batches = `url: http://127.0.0.1:9\nbatch: {size: 10}\ntopics: payroll\n`
    const path = await folder({
      'topics.yaml': 'payroll: { qos: exactly_once }\n',
      'adapters/careless.yaml': batches,
      'adapters/known.yaml': `${batches}acceptDuplicates: true\n`,
    })
    const { code, stdout } = await run(['check', path])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^adapters\/careless\.yaml: .*payroll.* is exactly_once.*acceptDuplicates: true/)
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })
})
