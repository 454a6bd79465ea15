/** Plays the story of README.md with real programs and prints what they and the commands print. It ends by itself. */
import { fileURLToPath } from 'node:url'
import { play } from '../stage/stage.js'

process.exitCode = await play(fileURLToPath(new URL('.', import.meta.url)), async (stage) => {
  const scheduling = stage.start('scheduling', 'systems/scheduling-platform.js', { SCHEDULING_PORT: '0' })
  const [, schedulingUrl] = await scheduling.says(/(http:\S+)/)
  let legacy = stage.start('legacy', 'systems/legacy-permits.js', { LEGACY_PORT: '0', LEGACY_WAKE_MS: '0' })
  const [, legacyUrl, legacyPort] = await legacy.says(/(http:\S+:(\d+)\S+)/)
  await stage.startBus({ SCHEDULING_URL: schedulingUrl, LEGACY_URL: legacyUrl })
  const eventBus = await stage.office('permits-office')

  async function approve(permit) {
    const { id } = await eventBus.emit({ type: 'permitApproved', ...permit })
    stage.tell('permits-office', `approved permit ${permit.id}, inspector ${permit.inspectorName}`)
    return id
  }

  stage.chapter('One approved permit, three systems')
  await scheduling.tells(/listens/)
  await legacy.tells(/listens/)
  const first = { id: 123, approvedDate: '2024-06-01', inspectorName: 'Lee' }
  const { outcomes } = await eventBus.publish('permitApproved', first, { waitFor: 'delivered' })
  await scheduling.tells(/permit 123/)
  await legacy.tells(/DAT: 000123/)
  const made = outcomes.map(({ group, outcome }) => `${group} ${outcome}`).sort()
  stage.tell('permits-office', `permit 123 approved: ${made.join(', ')}`)
  await stage.typeUntil('node systems/warehouse-report.js', /Lee/)

  stage.chapter('The legacy system is stopped for its backup')
  await legacy.stop()
  for (const [id, inspectorName] of [
    [124, 'Okafor'],
    [125, 'Novak'],
    [124, 'Rossi'],
  ]) {
    await approve({ id, approvedDate: '2024-06-03', inspectorName })
    await scheduling.tells(new RegExp(inspectorName))
  }
  await stage.typeUntil(
    'npx hms-sync adapters list',
    /legacy +failing +3 [\s\S]*scheduling +running +0 +0 +4 [\s\S]*warehouse +running +0 +0 +4 /,
  )

  stage.chapter('It comes back')
  legacy = stage.start('legacy', 'systems/legacy-permits.js', { LEGACY_PORT: legacyPort })
  await legacy.tells(/ROSSI/)
  await stage.type('npx hms-sync dlq list')
  await stage.type('node systems/warehouse-report.js')
  await stage.type('ls exports')
  await stage.type('cat exports/permits-000001.csv')

  stage.chapter('One permit that the legacy system does not take')
  const event = await approve({ id: 126, approvedDate: '2024-06-05', inspectorName: 'Featherstonehaugh-Okonkwo' })
  await scheduling.tells(/permit 126/)
  await legacy.tells(/permit 126 not taken/)
  await approve({ id: 127, approvedDate: '2024-06-05', inspectorName: 'Lee' })
  await legacy.tells(/DAT: 000127/)
  await stage.typeUntil('npx hms-sync dlq list', /open/)
  await stage.type('npx hms-sync dlq show 1')

  stage.chapter('The mapping is mended')
  await stage.edit('adapters/legacy.js', 'toUpperCase(),', 'toUpperCase().slice(0, 20),')
  await stage.type('npx hms-sync adapters reload legacy')
  await stage.type('npx hms-sync dlq redrive --adapter legacy')
  await legacy.tells(/DAT: 000126/)

  stage.chapter('What became of that permit')
  await stage.typeUntil(`npx hms-sync trace ${event}`, /legacy +delivered/)
})
