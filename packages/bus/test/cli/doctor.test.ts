import { describe, expect, it, onTestFinished } from 'vitest'
import { run, startBus, temporaryFolder } from '../processes.js'

async function folder(): Promise<string> {
  const made = await temporaryFolder({ 'topics.yaml': 'permitApproved: {}\n', 'hms-sync.yaml': 'listen:\n  port: 4999\n' })
  onTestFinished(made.remove)
  return made.path
}

describe('hms-sync doctor', () => {
  it('tells each value and where it came from', async () => {
    const { stdout } = await run(['doctor', await folder(), '--url', 'http://127.0.0.1:9'], { env: { HMS_SYNC_HOST: '127.0.0.2' } })
    expect(stdout).toMatch(/^host +127\.0\.0\.2 +environment +HMS_SYNC_HOST$/m)
    expect(stdout).toMatch(/^port +4999 +file +hms-sync\.yaml:2$/m)
    expect(stdout).toMatch(/^engine +embedded +default/m)
    expect(stdout).toContain(process.version)
    expect(stdout).toMatch(/SQLite +3\.\d+/i)
  })

  it('masks keys', async () => {
    const { stdout, stderr } = await run(['doctor', await folder()], {
      env: { EVENT_BUS_URL: 'http://me:secret-1@127.0.0.1:9', HMS_SYNC_KEY: 'secret-2' },
    })
    expect(stdout + stderr).not.toContain('secret-')
    expect(stdout).toContain('***')
  })

  it('exits 1 when no bus answers and 0 when one does', async () => {
    const path = await folder()
    expect(await run(['doctor', path, '--url', 'http://127.0.0.1:9'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no bus answers'),
    })
    const bus = await startBus(path)
    onTestFinished(async () => void (await bus.stop()))
    expect(await run(['doctor', path], { env: bus.env })).toMatchObject({ code: 0, stdout: expect.stringContaining('a bus answers') })
  })
})
