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
})
