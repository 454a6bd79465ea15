import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openDatabase } from '#dist/sqlite/driver.js'
import { command, eventually, run, start, temporaryFolder } from '../processes.js'
import { mountSmallDisk } from '../sqlite/mount.js'
import { Lives } from './lives.js'
import { type Acknowledged, post, publishBatch } from './producer.js'
import { readGroup, readLog } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { violationsOfGroup, violationsOfLog } from './violations.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'orders'
const mebibyte = 1024 * 1024
const topics = { 'topics.yaml': `${topic}: { key: key, consumers: [clinic] }\n` }

describe('on a disk that is full', () => {
  it('answers publishes 507, lets consumers drain and acknowledge, loses nothing, and goes on when there is room', async (context) => {
    const outcome = await fillDisk()
    if (typeof outcome === 'string') return context.skip(outcome)
    expect(outcome.refusal).toMatchObject({
      status: 507,
      code: 'disk_full',
      detail: expect.stringMatching(/bus\.db.*Free some disk space/),
    })
    expect(outcome.unsettled).toEqual([])
    expect(outcome.violations).toEqual([])
  })

  it('is noticed when acknowledgements need room too (planted bug)', async (context) => {
    const outcome = await fillDisk(['progress-needs-room'])
    if (typeof outcome === 'string') return context.skip(outcome)
    expect(outcome.unsettled.length).toBeGreaterThan(0)
  })
})

/** Fills the disk under a bus, drains it, frees the disk, kills the bus, and looks at what is there. */
async function fillDisk(plants: readonly string[] = []) {
  const disk = mountSmallDisk(64 * mebibyte)
  if ('impossible' in disk) return disk.impossible
  onTestFinished(() => disk.unmount())
  const lives = await Lives.begin({ files: topics, data: join(disk.path, 'data'), plants })
  onTestFinished(() => lives.dispose())
  const filler = join(disk.path, 'filler')
  const free = statfsSync(disk.path)
  writeFileSync(filler, Buffer.alloc(free.bavail * free.bsize - 4 * mebibyte, 1))

  const acknowledged: Acknowledged[] = []
  const publish = async (n: number) => {
    const sent = { source: 'clerk', id: `e${n}`, key: `k${n % 10}`, n }
    const answer = await post(lives.url, topic, { ...sent, payload: { key: sent.key, n, text: 'x'.repeat(20_000) } })
    if (answer.status === 201) acknowledged.push({ ...sent, position: answer.position, duplicate: false })
    return answer
  }
  let n = 0
  let answer = await publish(n)
  while (answer.status === 201 && n < 10_000) answer = await publish(++n)
  const refusal = answer

  const clinic = await RecordedGroup.join(lives, { group: 'clinic', topic, concurrency: 16 })
  onTestFinished(() => clinic.close())
  await eventually(() => acknowledged.every(({ id }) => clinic.seen.has(id)) || undefined)
  await eventually(async () => (await readGroup(lives.url, 'clinic')).topics[0]!.inFlight === 0 || undefined)
  const unsettled = clinic.refused.map(String)
  const stillRefused = await publish(++n)
  expect(stillRefused.status).toBe(507)

  rmSync(filler)
  await eventually(async () => (await publish(++n)).status === 201 || undefined)
  await lives.end()
  await lives.start()
  const log = await readLog(lives.url, topic)
  await eventually(() => log.every(({ id }) => clinic.seen.has(id)) || undefined)
  const violations = [...violationsOfLog(log, acknowledged), ...violationsOfGroup('clinic', clinic.receipts, log, lives.endedAt)]
  return { refusal, unsettled, violations }
}

describe('a data folder that cannot be used', () => {
  const cases: Readonly<Record<string, { readonly spoil: (data: string) => Promise<void> | void; readonly says: RegExp }>> = {
    'whose file is no database': {
      spoil: (data) => writeFile(join(data, 'bus.db'), 'not a database '.repeat(2_000)),
      says: /bus\.db cannot be opened.*Restore the data folder from a backup/,
    },
    'whose file is cut short': {
      spoil: async (data) => {
        const file = await open(join(data, 'bus.db'), 'r+')
        await file.truncate(3 * 8_192)
        await file.close()
      },
      says: /bus\.db .*(malformed|corrupt).*backup/i,
    },
    'whose pages are damaged': {
      spoil: async (data) => {
        const file = await open(join(data, 'bus.db'), 'r+')
        const { size } = await file.stat()
        await file.write(Buffer.alloc(size - 8_192, 0xa5), 0, size - 8_192, 8_192)
        await file.close()
      },
      says: /bus\.db .*(malformed|corrupt).*backup/i,
    },
    'whose events are damaged': {
      async spoil(data) {
        // Without what the bus derived from the log, the next start reads all of it.
        const database = openDatabase(join(data, 'bus.db'))
        database.exec('DELETE FROM projection; DELETE FROM segment')
        database.close()
        const file = await open(join(data, 'bus.db'), 'r+')
        await file.write(Buffer.alloc(20 * 8_192, 0xa5), 0, 20 * 8_192, 40 * 8_192)
        await file.close()
      },
      says: /bus\.db cannot be read.*malformed.*backup/,
    },
    'of another data version': {
      spoil(data) {
        const database = openDatabase(join(data, 'bus.db'))
        database.exec('PRAGMA user_version = 7')
        database.close()
      },
      says: /bus\.db has data version 7; this hms-sync reads version 1/,
    },
  }

  it.each(Object.entries(cases))('%s keeps the bus from starting, with a clear error', async (_what, { spoil, says }) => {
    const lives = await Lives.begin({ files: topics })
    onTestFinished(() => lives.dispose())
    await publishBatch(
      lives.url,
      topic,
      Array.from({ length: 500 }, (_, n) => ({ key: `k${n}`, n, text: 'x'.repeat(1_000) })),
    )
    await lives.end('SIGTERM')
    await spoil(join(lives.folder, '.hms-sync'))
    const end = await run(['serve', lives.folder, '--port', '0', '--json'])
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).toMatch(says)
  })

  it('on a disk that is read-only keeps the bus from starting, and says which one and what to do', async (context) => {
    const disk = mountSmallDisk(32 * mebibyte)
    if ('impossible' in disk) return context.skip(disk.impossible)
    onTestFinished(() => disk.unmount())
    const project = await temporaryFolder(topics)
    onTestFinished(project.remove)
    const data = join(disk.path, 'data')
    await mkdir(data)
    disk.readOnly()
    const end = await run(['serve', project.path, '--port', '0', '--json', '--data', data])
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).toMatch(new RegExp(`${data}.*cannot be written.*--data`))
  })

  it('of another process is refused, and that one is not disturbed', async () => {
    const lives = await Lives.begin({ files: topics })
    onTestFinished(() => lives.dispose())
    const second = start([command, 'serve', lives.folder, '--port', '0', '--json'])
    const [, end] = await Promise.all([publishBatch(lives.url, topic, [{ key: 'a', n: 0 }]), second.ended])
    expect(end.code).toBe(1)
    expect(end.stderr).toMatch(new RegExp(`Process ${lives.bus.pid} .*owns the data folder`))
    await publishBatch(lives.url, topic, [{ key: 'a', n: 1 }])
    expect(await readLog(lives.url, topic)).toHaveLength(2)
  })
})
