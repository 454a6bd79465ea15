/** Seed 003, section 10, word for word in a shell. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { start, type } from '../processes.js'
import { busWith, memberOf, programFolder } from './programs.js'

const script = `
import { connect } from '@hms-sync/client'
const bus = await connect()
for await (const msg of bus.subscribe('inspections.status')) {
  console.log(msg.payload)
  await msg.ack()
}
`
const topicsYaml = `inspections.status:
  qos:          exactly_once
  retention:    7d          # replay window
  schema:       v1
  producers:    [hms-api]
  consumers:    [city-health, ehr-clinic]
`

it('shows both events after a restart with replay', async () => {
  const bus = await busWith(topicsYaml)
  const logger = start([join(await programFolder({ 'log.js': script }), 'log.js')], { env: { ...bus.env, HMS_SYNC_NAME: 'exercise' } })
  await memberOf(bus, 'exercise')

  const first = type(`hms-sync publish inspections.status '{"inspectionId":99,"newStatus":"Completed"}'`, { env: bus.env })
  expect(await first.ended).toMatchObject({ code: 0 })
  await logger.says(/inspectionId: 99/)
  await logger.stop('SIGKILL')
  const second = type(`hms-sync publish inspections.status '{"inspectionId":100,"newStatus":"Completed"}'`, { env: bus.env })
  expect(await second.ended).toMatchObject({ code: 0 })

  const replay = type('hms-sync subscribe inspections.status --since=10m', { env: bus.env })
  onTestFinished(async () => void (await replay.stop('SIGKILL')))
  await replay.says(/\{"inspectionId":99,"newStatus":"Completed"\}/)
  await replay.says(/\{"inspectionId":100,"newStatus":"Completed"\}/)
  expect(await replay.stop('SIGINT')).toMatchObject({ code: 0 })
})
