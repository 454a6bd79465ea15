import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runScript, startScript } from './run-script.js'
import { until } from './scripted-bus.js'
import type { SocketBus } from './socket-bus.js'
import { startSocketBus } from './socket-bus.js'

let server: SocketBus
beforeEach(async () => {
  server = await startSocketBus()
  for (const topic of ['permitApproved', 'clinicHoursUpdated', 'inspections.status']) server.memory.declare(topic, undefined)
})
afterEach(() => server.close())

const module = { 'package.json': '{"type":"module"}' }

/** The printed snippets, with the import line changed. */
describe('the lazy event bus', () => {
  it('publishes from a route that does not wait, and lets the process end', async () => {
    const ran = await runScript(
      {
        ...module,
        'publisher.js': `import EventBus from '@hms-sync/client'
          export function publishPermitApproved(data) {
            // topic name + JSON payload
            EventBus.publish('permitApproved', JSON.stringify(data))
          }`,
        'main.js': `import { publishPermitApproved } from './publisher.js'
          publishPermitApproved({ permitId: 7, date: new Date(0) })`,
      },
      'main.js',
      { EVENT_BUS_URL: server.url },
    )
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(server.memory.eventsOf('permitApproved')).toMatchObject([
      { payload: { permitId: 7, date: '1970-01-01T00:00:00.000Z' }, source: 'anonymous' },
    ])
  })

  it('subscribes with a handler that parses the message, keeps the process alive, and loses nothing when it is killed', async () => {
    const files = {
      ...module,
      'subscriber.js': `import EventBus from '@hms-sync/client'
        const addJobToCalendar = async (permitId, date) => console.log('job', permitId, date)
        EventBus.subscribe('permitApproved', async (msg) => {
          const data = JSON.parse(msg)
          await addJobToCalendar(data.permitId, data.date)
        })`,
    }
    const environment = { EVENT_BUS_URL: server.url, HMS_SYNC_NAME: 'scheduling' }
    const first = await startScript(files, 'subscriber.js', environment)
    await until(() => server.memory.hasMember('scheduling'))
    const publish = (permitId: number): unknown =>
      server.memory.publish('hms-api', 'permitApproved', [{ id: `p${permitId}`, payload: { permitId, date: 'monday' } }])
    publish(1)
    await until(() => first.stdout.includes('job 1 monday'))
    first.kill('SIGKILL')
    await first.done
    publish(2)
    const second = await startScript(files, 'subscriber.js', environment)
    await until(() => second.stdout.includes('job 2 monday'))
    second.kill('SIGKILL')
    await second.done
  })

  it('speaks on and emit', async () => {
    const running = await startScript(
      {
        ...module,
        'syncService.js': `import EventBus from '@hms-sync/client'
          EventBus.on('clinicHoursUpdated', async clinic => {
            console.log('Synced hours for', clinic.id)
            await EventBus.close()
          })`,
        'main.js': `import './syncService.js'
          import EventBus from '@hms-sync/client'
          const ready = EventBus.subscribe('clinicHoursUpdated', () => {}, { group: 'other' }).ready
          await ready
          EventBus.emit('clinicHoursUpdated', { id: 12, hours: '9-5' })`,
      },
      'main.js',
      { EVENT_BUS_URL: server.url, HMS_SYNC_NAME: 'clinic' },
    )
    expect(await running.done).toEqual({ code: 0, stdout: 'Synced hours for 12\n', stderr: '' })
  })

  it('is there for require, by name and as default', async () => {
    const ran = await runScript(
      {
        'main.cjs': `const client = require('@hms-sync/client')
          const { eventBus, connectors } = client
          if (client.default !== eventBus) throw new Error('default is something else')
          if (typeof connectors.register !== 'function') throw new Error('no register')
          const payload = { id: 123, approvedDate: '2024-06-01', inspectorName: 'Lee' }
          eventBus.emit({ type: 'permitApproved', ...payload }).then(() => console.log('stored'))`,
      },
      'main.cjs',
      { EVENT_BUS_URL: server.url, NODE_NO_WARNINGS: '1' },
    )
    expect(ran).toEqual({ code: 0, stdout: 'stored\n', stderr: '' })
    expect(server.memory.eventsOf('permitApproved')).toMatchObject([
      { payload: { id: 123, approvedDate: '2024-06-01', inspectorName: 'Lee' } },
    ])
  })

  it('tells an unawaited failure once per cause, without payload or key, and the process lives', async () => {
    const ran = await runScript(
      {
        ...module,
        'main.js': `import EventBus from '@hms-sync/client'
          for (let i = 0; i < 3; i++) EventBus.emit('nope', { secret: 'p4yload' })
          EventBus.publish('permitApproved', 'p4yload')
          await EventBus.publish('permitApproved', { n: 1 })
          console.log('alive')`,
      },
      'main.js',
      { EVENT_BUS_URL: server.url.replace('//', '//me:s3cret@') },
    )
    expect(ran).toMatchObject({ code: 0, stdout: 'alive\n' })
    expect(ran.stderr.trim().split('\n')).toHaveLength(2)
    expect(ran.stderr).toMatch(/unknown_topic/)
    expect(ran.stderr).not.toMatch(/p4yload|s3cret/)
  })

  it('says that a broker’s address is not the bus’s, and the process lives', async () => {
    const ran = await runScript(
      {
        ...module,
        'main.js': `import EventBus from '@hms-sync/client'
          EventBus.subscribe('permitApproved', () => {})
          EventBus.emit('permitApproved', {})
          process.on('exit', () => console.log('alive'))`,
      },
      'main.js',
      { EVENT_BUS_URL: 'amqp://guest:guest@broker', NODE_NO_WARNINGS: '1' },
    )
    expect(ran).toMatchObject({ code: 0, stdout: 'alive\n' })
    expect(ran.stderr).toMatch(/wrong_url.*EVENT_BUS_URL is the bus's address, not the broker's/)
    expect(ran.stderr).not.toContain('guest')
  })
})

describe('a process', () => {
  it('runs the loop of an adapter, and after a kill before ack() gets the event again', async () => {
    const files = {
      ...module,
      'adapter.js': `import { connect } from "@hms-sync/client"
        const updateLegacyCalendar = (id) => new Promise((resolve) => { console.log('update', id); if (process.env.STUCK !== '1') resolve() })
        const bus = await connect();
        const sub = bus.subscribe("inspections.status");
        for await (const msg of sub) {
          const { inspectionId } = JSON.parse(msg.data);
          await updateLegacyCalendar(inspectionId);
          msg.ack();
        }`,
    }
    const environment = { EVENT_BUS_URL: server.url, HMS_SYNC_NAME: 'city-health' }
    const stuck = await startScript(files, 'adapter.js', { ...environment, STUCK: '1' })
    await until(() => server.memory.hasMember('city-health'))
    server.memory.publish('hms-api', 'inspections.status', [{ id: 'e1', payload: { inspectionId: 42 } }])
    await until(() => stuck.stdout.includes('update 42'))
    stuck.kill('SIGKILL')
    await stuck.done
    const again = await startScript(files, 'adapter.js', environment)
    await until(() => again.stdout.includes('update 42'))
    again.kill('SIGTERM')
    await again.done
  })

  it('ends by itself after close(), and when all it does is hold an idle connection', async () => {
    const scripts = [
      `const bus = await connect(); await bus.publish('permitApproved', {}); await bus.close()`,
      `const bus = await connect(); await bus.publish('permitApproved', {})`,
    ]
    for (const script of scripts) {
      const began = performance.now()
      const ran = await runScript({ ...module, 'main.js': `import { connect } from '@hms-sync/client'\n${script}` }, 'main.js', {
        EVENT_BUS_URL: server.url,
      })
      expect(ran).toEqual({ code: 0, stdout: '', stderr: '' })
      expect(performance.now() - began).toBeLessThan(4_000)
    }
  })

  it('that registers an adapter without the package for it is told what to install', async () => {
    const ran = await runScript(
      {
        'main.cjs': `const { connectors } = require('@hms-sync/client')
          connectors.register('scheduling', { url: 'https://city-schedule.example/api/slots', method: 'POST', map: event => ({ permitId: event.id }) })`,
      },
      'main.cjs',
      { EVENT_BUS_URL: server.url, NODE_NO_WARNINGS: '1' },
    )
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('npm install @hms-sync/adapter')
  })
})
