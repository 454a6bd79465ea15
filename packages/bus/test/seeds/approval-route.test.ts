/** Seed 000, sections 4.5 and 4.6, as printed; only `event-bus-client.js` is ours. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Program, start } from '../processes.js'
import { busWith, memberOf, programFolder } from './programs.js'

const files = {
  'event-bus-client.js': `export { eventBus as default } from '@hms-sync/client'\n`,
  'events/event-bus-client.js': `export { eventBus as default } from '@hms-sync/client'\n`,
  'events/publisher.js': `
import EventBus from './event-bus-client.js'

export function publishPermitApproved(data) {
  // topic name + JSON payload
  EventBus.publish('permitApproved', JSON.stringify(data))
}
`,
  'routes/permits.js': `
import express from 'express'
import { publishPermitApproved } from '../events/publisher.js'
const router = express.Router()

router.post('/:id/approve', async (req, res) => {
  // ... code to mark permit approved in DB ...
  const eventData = { permitId: req.params.id, date: new Date() }
  publishPermitApproved(eventData)
  res.json({ status: 'Approved', ...eventData })
})

export default router
`,
  'server.js': `
import express from 'express'
import permits from './routes/permits.js'
const server = express().use('/permits', permits).listen(0, '127.0.0.1', () => console.log('api on ' + server.address().port))
`,
  'subscriber.js': `
import EventBus from './event-bus-client.js'

EventBus.subscribe('permitApproved', async (msg) => {
  const data = JSON.parse(msg)
  // Call internal function to update calendar
  await addJobToCalendar(data.permitId, data.date)
})

async function addJobToCalendar(permitId, date) {
  console.log('job for permit ' + permitId + ' on ' + date)
}
`,
}

it('brings an approval to three subscribers, also to the declared one that starts later', async () => {
  const bus = await busWith('permitApproved: { key: permitId, consumers: [reporting, scheduling, sms-alerts] }\n')
  const folder = await programFolder(files)
  const program = (file: string, name: string): Program => {
    const started = start([join(folder, file)], { env: { ...bus.env, HMS_SYNC_NAME: name } })
    onTestFinished(async () => void (await started.stop('SIGKILL')))
    return started
  }
  const running = ['scheduling', 'sms-alerts'].map((name) => program('subscriber.js', name))
  await Promise.all(['scheduling', 'sms-alerts'].map((name) => memberOf(bus, name)))
  const api = program('server.js', 'hms-api')
  const [, port] = await api.says(/api on (\d+)/)

  const answer = await fetch(`http://127.0.0.1:${port}/permits/7/approve`, { method: 'POST' })
  expect(await answer.json()).toMatchObject({ status: 'Approved', permitId: '7' })

  for (const subscriber of running) await subscriber.says(/job for permit 7 on \d{4}-/)
  await program('subscriber.js', 'reporting').says(/job for permit 7 on \d{4}-/)
})
