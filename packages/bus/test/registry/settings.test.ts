import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProject } from '#dist/registry/load-project.js'
import { faultsOf, folderWith, load } from './folder.js'

const topics = { 'topics.yaml': '' }

describe('hms-sync.yaml', () => {
  it('is optional: every value has a default', async () => {
    const folder = await folderWith(topics)
    const { config } = await loadProject({ folder, env: {} })
    expect(config).toEqual({
      folder,
      host: { value: '127.0.0.1', from: 'default', where: 'default' },
      port: { value: 4280, from: 'default', where: 'default' },
      data: { value: join(folder, '.hms-sync'), from: 'default', where: 'default' },
      engine: { value: 'embedded', from: 'default', where: 'default' },
      logLevel: { value: 'info', from: 'default', where: 'default' },
      dev: false,
      limits: { maxBodyBytes: 1_048_576, maxJsonDepth: 32, maxBatchEvents: 1_000, maxConnections: 2_000, stallTimeoutMs: 60_000 },
      notices: { windowMs: 600_000, lag: { events: 100_000, ageMs: 3_600_000 } },
      history: { triesMs: 7 * 86_400_000, deadLettersMs: 90 * 86_400_000 },
    })
  })

  it('gives way to the environment, and both to flags, and remembers which it was', async () => {
    const files = {
      ...topics,
      'hms-sync.yaml': 'listen:\n  port: 1000\n  host: localhost\nlogLevel: warn\ndata: state\n',
      '.env': 'X=1\nHMS_SYNC_LOG_LEVEL=debug\nHMS_SYNC_PORT=1\n',
    }
    const folder = await folderWith(files)
    const { config } = await loadProject({ folder, flags: { port: 3000 }, env: { HMS_SYNC_PORT: '2000', HMS_SYNC_HOST: '' } })
    expect(config.port).toEqual({ value: 3000, from: 'flag', where: '--port' })
    expect(config.logLevel).toEqual({ value: 'debug', from: 'environment', where: 'HMS_SYNC_LOG_LEVEL (.env:2)' })
    expect(config.host).toEqual({ value: 'localhost', from: 'file', where: 'hms-sync.yaml:3' })
    expect(config.data).toEqual({ value: join(folder, 'state'), from: 'file', where: 'hms-sync.yaml:5' })
    expect((await load(files, { env: { HMS_SYNC_PORT: '0' } })).config.port).toEqual({
      value: 0,
      from: 'environment',
      where: 'HMS_SYNC_PORT',
    })
  })

  it('takes a data folder of the command line from where it was typed', async () => {
    const { config } = await load(topics, { flags: { data: 'elsewhere' } })
    expect(config.data.value).toBe(join(process.cwd(), 'elsewhere'))
  })

  it('names the faults of file, environment and flags at once', async () => {
    const faults = await faultsOf(
      {
        ...topics,
        'hms-sync.yaml':
          'lisen: {}\nengine: nats://me:hunter2@broker:4222\nlisten:\n  host: 0.0.0.0\nlimits:\n  maxBodyBytes: lots\n  stallTimeout: 1 min\n',
        '.env': 'HMS_SYNC_LOG_LEVEL=loud\n',
      },
      { flags: { port: 70_000 } },
    )
    expect(faults).toEqual([
      'hms-sync.yaml:1:1: "lisen": This is not a key of hms-sync.yaml. Did you mean listen?',
      'hms-sync.yaml:6:17: "lots": This is not a whole number. Write a whole number from 1024 to 67108864.',
      'hms-sync.yaml:7:17: "1 min": This is not a duration. Write a whole number and a unit, such as 500ms, 10s, 10m, 2h or 7d.',
      '--port: "70000": This is not a port. Write a whole number from 0 to 65535; 0 takes any free one.',
      'HMS_SYNC_LOG_LEVEL (.env:1): "loud": This is not a log level. Write one of debug, info, warn, error, silent.',
      expect.stringContaining(
        'hms-sync.yaml:4:9: "0.0.0.0": This is not a loopback address, and this version cannot configure credentials yet',
      ),
      'hms-sync.yaml:2:9: "nats://…@broker:4222": This names a broker, and this version has the embedded engine only. Write embedded, or leave it out.',
    ])
  })

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('listens on %s', async (host) => {
    expect((await load(topics, { flags: { host } })).config.host.value).toBe(host)
  })

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com'])('does not listen on %s', async (host) => {
    expect(await faultsOf(topics, { flags: { host } })).toHaveLength(1)
  })

  it('refuses a port that is no number and an engine that is none', async () => {
    expect(await faultsOf(topics, { env: { HMS_SYNC_PORT: '80x', HMS_SYNC_ENGINE: 'sqlite' } })).toEqual([
      'HMS_SYNC_PORT: "80x": This is not a port. Write a whole number from 0 to 65535; 0 takes any free one.',
      'HMS_SYNC_ENGINE: "sqlite": This is not an engine. Write embedded.',
    ])
  })

  it('refuses a list where settings belong', async () => {
    expect(await faultsOf({ ...topics, 'hms-sync.yaml': '- a' })).toEqual([
      'hms-sync.yaml:1:1: "- a": This is not hms-sync.yaml. Write settings by name, such as logLevel: info.',
    ])
  })
})
