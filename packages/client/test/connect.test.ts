import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAddress } from '#dist/address.js'
import { connect } from '#dist/connect.js'
import { SyncError, toProblem } from '#dist/errors.js'
import { describeSdk } from './sdk-suite.js'
import type { SocketBus } from './socket-bus.js'
import { startSocketBus } from './socket-bus.js'

describeSdk('a WebSocket', async () => {
  const server = await startSocketBus()
  let topics = 0
  return {
    makeBus: (options = {}) => connect({ url: server.url, name: null, ...options }),
    makeTopic: async ({ key } = {}) => {
      const topic = `topic.${++topics}`
      server.memory.declare(topic, key)
      return topic
    },
    cut: async () => server.cut(),
    close: () => server.close(),
  }
})

describe('connect', () => {
  let server: SocketBus
  beforeEach(async () => {
    server = await startSocketBus()
  })
  afterEach(() => server.close())

  it('sends the key as a bearer token and the name with the greeting', async () => {
    const bus = await connect({ url: server.url.replace('//', '//hms-api:s3cret@') })
    expect(bus.name).toBe('hms-api')
    expect(server.authorizations).toEqual(['Bearer s3cret'])
    await bus.close()
  })

  it('comes back by itself when the bus is started again', async () => {
    const bus = await connect({ url: server.url })
    const { port } = server
    await server.close()
    const published = bus.publish('permits', { n: 1 })
    server = await startSocketBus({ port })
    server.memory.declare('permits', undefined)
    await expect(published).resolves.toMatchObject({ duplicate: false })
    await bus.close()
  })

  it('gives up in time when nothing listens, naming the URL without its key and what to do', async () => {
    const { port } = server
    await server.close()
    const error: unknown = await connect({ url: `http://me:s3cret@127.0.0.1:${port}`, timeoutMs: 50 }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining(`http://127.0.0.1:${port}`) })
    expect(String(error)).toContain('hms-sync serve')
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
  })

  it('stops trying when its signal aborts', async () => {
    const { port } = server
    await server.close()
    const abort = new AbortController()
    const connecting = connect({ url: `http://127.0.0.1:${port}`, signal: abort.signal })
    setImmediate(() => abort.abort(new Error('enough')))
    await expect(connecting).rejects.toThrow('enough')
  })

  it('does not try again when the bus refuses who calls', async () => {
    const refusing = await startSocketBus({
      refuse: { status: 401, body: JSON.stringify(toProblem(new SyncError('unauthorized', 'No such key.'))) },
    })
    await expect(connect({ url: refusing.url, key: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized', message: 'No such key.' })
    expect(refusing.authorizations).toHaveLength(1)
    await refusing.close()
  })

  it('says when something else answers there', async () => {
    const other = await startSocketBus({ refuse: { status: 404, body: '<html>' } })
    await expect(connect({ url: other.url })).rejects.toMatchObject({ code: 'wrong_url', message: expect.stringContaining(other.url) })
    await other.close()
  })
})

describe('the address', () => {
  it.each(['amqp://guest:guest@broker', 'kafka://a,b', 'nats://n', 'redis://r:6379'])('of a broker is refused: %s', (url) => {
    const read = (): unknown => readAddress({}, { EVENT_BUS_URL: url })
    expect(read).toThrow(
      expect.objectContaining({
        code: 'wrong_url',
        message: expect.stringMatching(/EVENT_BUS_URL is the bus's address, not the broker's/),
      }),
    )
    expect(read).not.toThrow(/guest/)
  })

  it('comes from the option, else the environment, else the default', () => {
    expect(readAddress({}, {})).toEqual({ url: 'http://127.0.0.1:4280', name: null, key: null })
    const environment = {
      EVENT_BUS_URL: 'https://url-name:url%20key@bus.example.gov/hms/',
      HMS_SYNC_NAME: 'env-name',
      HMS_SYNC_KEY: 'env-key',
    }
    expect(readAddress({}, environment)).toEqual({ url: 'https://bus.example.gov/hms', name: 'url-name', key: 'url key' })
    expect(readAddress({ url: 'http://localhost:1' }, environment)).toEqual({ url: 'http://localhost:1', name: 'env-name', key: 'env-key' })
    expect(readAddress({ name: 'me', key: 'mine' }, environment)).toMatchObject({ name: 'me', key: 'mine' })
    expect(readAddress({ name: null }, environment).name).toBeNull()
  })

  it.each(['127.0.0.1:4280', 'bus', 'ftp://bus', ''])('that is no URL of a bus is refused: %j', (url) => {
    expect(() => readAddress({ url }, {})).toThrow(expect.objectContaining({ code: 'wrong_url' }))
  })
})
