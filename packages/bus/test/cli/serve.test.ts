import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type BusProcess, command, run, start, startBus, temporaryFolder } from '../processes.js'

async function folder(
  files: Readonly<Record<string, string>> = { 'topics.yaml': 'permitApproved: { key: permitId, schema: v1, consumers: [clinic] }\n' },
): Promise<string> {
  const made = await temporaryFolder(files)
  onTestFinished(made.remove)
  return made.path
}

async function served(path: string, args: readonly string[] = []): Promise<BusProcess> {
  const bus = await startBus(path, { args })
  onTestFinished(async () => void (await bus.stop('SIGKILL')))
  return bus
}

describe('hms-sync serve', () => {
  it('writes exactly one line on stdout with --json', async () => {
    const bus = await served(await folder())
    expect(JSON.parse(bus.stdout())).toEqual({ ready: true, url: bus.url, pid: bus.pid })
    expect(bus.stdout().split('\n')).toHaveLength(2)
  })

  it('says in plain words what it serves', async () => {
    const path = await folder()
    const bus = await served(path)
    const words = bus.stderr()
    expect(words).toContain(`listens on ${bus.url}`)
    expect(words).toMatch(/permitApproved .*permitId.*7d.*v1.*unvalidated.*clinic/)
    expect(words).toContain('survives a power cut')
    expect(words).toContain('no credentials are configured')
    expect(words).toContain(join(path, '.hms-sync'))
    expect(words).toMatch(/hms-sync publish permitApproved/)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with exit code 0 on %s and keeps what it acknowledged', async (signal) => {
    const path = await folder()
    const bus = await served(path)
    await run(['publish', 'permitApproved', '{"permitId":7}'], { env: bus.env })
    expect(await bus.stop(signal)).toMatchObject({ code: 0, signal: null })
    const again = await served(path)
    const read = await run(['subscribe', 'permitApproved', '--since=all', '--until=now'], { env: again.env })
    expect(read.stdout).toContain('{"permitId":7}')
  })

  it('ends on SIGTERM with a subscriber connected that works on an event', async () => {
    const bus = await served(await folder())
    const reader = start([command, 'subscribe', 'permitApproved', '--group=clinic'], { env: bus.env })
    onTestFinished(async () => void (await reader.stop('SIGKILL')))
    await run(['publish', 'permitApproved', '{"permitId":7}'], { env: bus.env })
    await reader.says(/permitId/)
    expect(await bus.stop()).toMatchObject({ code: 0 })
  })

  it('takes up a new topic on SIGHUP, and keeps the old registry when the new one has faults', async () => {
    const path = await folder()
    const bus = await served(path)
    await appendFile(join(path, 'topics.yaml'), 'inspections.status: {}\n')
    bus.child.kill('SIGHUP')
    await bus.says(/inspections\.status/)
    expect(await run(['publish', 'inspections.status', '{}'], { env: bus.env })).toMatchObject({ code: 0 })

    await writeFile(join(path, 'topics.yaml'), 'permitApproved: { qos: exactly_twice }\n')
    bus.child.kill('SIGHUP')
    await bus.says(/topics\.yaml:1:\d+.*exactly_twice/s)
    expect(await run(['publish', 'inspections.status', '{}'], { env: bus.env })).toMatchObject({ code: 0 })
  })

  it('takes up a new topic with topics apply', async () => {
    const path = await folder()
    const bus = await served(path)
    expect(await run(['topics', 'add', 'inspections.status', '--folder', path, '--key', 'inspectionId'])).toMatchObject({ code: 0 })
    const applied = await run(['topics', 'apply'], { env: bus.env })
    expect(applied.stdout, applied.stderr).toContain('inspections.status')
    expect(await run(['publish', 'inspections.status', '{"inspectionId":1}'], { env: bus.env })).toMatchObject({ code: 0 })
    expect(await run(['topics', 'apply'], { env: bus.env })).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing changed.\n' })
  })

  it('says with topics apply what became of the adapters', async () => {
    const path = await folder()
    await writeFile(join(path, 'topics.yaml'), 'hours: {}\n')
    await mkdir(join(path, 'adapters'))
    const bus = await served(path)
    const file = join(path, 'adapters/one.yaml')
    const apply = async () => (await run(['topics', 'apply'], { env: bus.env })).stdout
    await writeFile(file, 'url: http://127.0.0.1:9/one\ntopics: hours\n')
    expect(await apply()).toBe('adapter one: new, to http://127.0.0.1:9, with hours\n')
    await writeFile(file, 'url: http://127.0.0.1:9/one\ntopics: hours\nmethd: PUT\n')
    expect(await apply()).toMatch(/^adapter one: failed: .*one\.yaml.*did you mean "method"/)
    await writeFile(file, 'url: http://127.0.0.1:9/one\ntopics: hours\nmethod: PUT\n')
    expect(await apply()).toBe('adapter one: loaded anew, to http://127.0.0.1:9, with hours\n')
    await rm(file)
    expect(await apply()).toBe('adapter one: gone; what it is owed waits\n')
  })

  it.each(['topics apply', 'SIGHUP'])(
    'starts with %s an adapter whose topic has learned of it, and names those that still fail',
    async (way) => {
      const path = await folder()
      await mkdir(join(path, 'adapters'))
      await writeFile(join(path, 'adapters/raw.yaml'), 'url: http://127.0.0.1:9/raw\ntopics: permitApproved\n')
      await writeFile(join(path, 'adapters/lost.yaml'), 'url: http://127.0.0.1:9/lost\ntopics: nowhere\n')
      const bus = await served(path)
      expect((await run(['adapters', 'list'], { env: bus.env })).stderr).toMatch(/raw: .*leave it out/)
      await writeFile(join(path, 'topics.yaml'), 'permitApproved: { key: permitId, schema: v1, consumers: [clinic, raw] }\n')
      if (way === 'SIGHUP') {
        bus.child.kill('SIGHUP')
        await bus.says(/"adapter":"lost".*an adapter still does not run/)
      } else {
        const { stdout } = await run(['topics', 'apply'], { env: bus.env })
        expect(stdout).toContain('adapter raw: loaded anew, to http://127.0.0.1:9, with permitApproved\n')
        expect(stdout).toMatch(/^adapter lost: still fails: .*nowhere/m)
      }
      expect((await run(['adapters', 'list'], { env: bus.env })).stdout).toMatch(/^raw +running/m)
    },
  )

  it('makes topics at first publish with --dev', async () => {
    const bus = await served(await folder(), ['--dev'])
    expect(await run(['publish', 'never.declared', '{}'], { env: bus.env })).toMatchObject({ code: 0 })
  })

  it('says who holds the port', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void holder.close())
    const { port } = holder.address() as AddressInfo
    const { code, stderr } = await run(['serve', await folder(), '--port', String(port)])
    expect(stderr).toContain(`${port}`)
    expect(stderr).toContain('taken')
    expect(code).toBe(1)
  })

  it('refuses a data folder that another bus owns', async () => {
    const path = await folder()
    const bus = await served(path)
    const { code, stderr } = await run(['serve', path, '--port', '0'])
    expect(stderr).toContain(String(bus.pid))
    expect(code).toBe(1)
  })

  it('suggests init where there is no topics.yaml', async () => {
    const { code, stderr } = await run(['serve', await folder({}), '--port', '0'])
    expect(stderr).toContain('hms-sync init')
    expect(code).toBe(1)
  })

  it('names a folder that is missing', async () => {
    const { code, stderr } = await run(['serve', '/nowhere/at/all', '--port', '0'])
    expect(stderr).toContain('/nowhere/at/all')
    expect(code).toBe(1)
  })

  it('starts with nothing half-valid: every fault is told', async () => {
    const { code, stderr } = await run([
      'serve',
      await folder({ 'topics.yaml': 'a: { qos: twice }\nb: { retention: long }\n' }),
      '--port',
      '0',
    ])
    expect(stderr).toMatch(/topics\.yaml:1:\d+/)
    expect(stderr).toMatch(/topics\.yaml:2:\d+/)
    expect(code).toBe(1)
  })
})
