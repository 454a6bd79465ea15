/** Seed 001, section 3 and 5: the adapter called from `EventBus.on`. Changed: import lines and the endpoint. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { start } from '../processes.js'
import { busWith, programFolder } from './programs.js'

const files = {
  'sync/config.js': `
export default {
  systems: [
    {
      name: 'ThirdPartyScheduler',
      endpoint: process.env.SCHEDULER_ENDPOINT,
      apiKey: process.env.SCHEDULER_API_KEY
    }
  ]
}
`,
  'sync/adapters/thirdPartyScheduler.js': `
import config from '../config.js'
export async function syncClinicHours(clinic) {
  const url = config.systems.find(s => s.name==='ThirdPartyScheduler').endpoint
  await fetch(url, {
    method: 'POST',
    headers: { 'x-api-key': config.systems[0].apiKey, 'Content-Type':'application/json' },
    body: JSON.stringify({ id: clinic.id, hours: clinic.hours })
  })
}
`,
  'sync/publisher.js': `
import { eventBus as EventBus } from '@hms-sync/client'
export function onClinicHoursChange(clinic) {
  EventBus.emit('clinicHoursUpdated', clinic)
}
`,
  'sync/syncService.js': `
import { eventBus as EventBus } from '@hms-sync/client'
import { syncClinicHours } from './adapters/thirdPartyScheduler.js'

// Register our adapter to the bus
EventBus.on('clinicHoursUpdated', async clinic => {
  try {
    await syncClinicHours(clinic)
    console.log('Synced hours for', clinic.id)
  } catch (err) {
    console.error('Sync failed for', clinic.id, err)
    // TODO: retry logic or dead-letter queue
  }
})
`,
  'main.js': `
import './sync/syncService.js'
import { onClinicHoursChange } from './sync/publisher.js'
onClinicHoursChange({ id: 5, hours: '8-16', internalNote: 'not for them' })
`,
}

it('calls the scheduler when clinic hours change', async () => {
  const bus = await busWith('clinicHoursUpdated: { key: id }\n')
  const calls: { key: string | undefined; body: unknown }[] = []
  const scheduler = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      calls.push({ key: request.headers['x-api-key']?.toString(), body: JSON.parse(text) })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => scheduler.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void scheduler.close())
  const endpoint = `http://127.0.0.1:${(scheduler.address() as AddressInfo).port}/clinics/update`

  const program = start([join(await programFolder(files), 'main.js')], {
    env: { ...bus.env, HMS_SYNC_NAME: 'hms-mfe', SCHEDULER_ENDPOINT: endpoint, SCHEDULER_API_KEY: 'k-1' },
  })
  onTestFinished(async () => void (await program.stop('SIGKILL')))
  await program.says(/Synced hours for 5/)
  expect(calls).toEqual([{ key: 'k-1', body: { id: 5, hours: '8-16' } }])
})
