/** Plays the story of README.md with real programs and prints what they and the commands print. It ends by itself. */
import { fileURLToPath } from 'node:url'
import { play } from '../stage/stage.js'

process.exitCode = await play(fileURLToPath(new URL('.', import.meta.url)), async (stage) => {
  const scheduler = stage.start('scheduler', 'systems/scheduler.js', { SCHEDULER_PORT: '0' })
  const [, schedulerUrl, schedulerHost] = await scheduler.says(/((http:\/\/[^/]+)\S+)/)
  const notices = stage.start('notices', 'systems/mobile-notices.js', { NOTICES_PORT: '0' })
  const [, noticesUrl] = await notices.says(/(http:\S+)/)
  await stage.copy('.env.example', '.env')
  await stage.startBus({ SCHEDULER_URL: schedulerUrl, NOTICES_URL: noticesUrl })

  stage.chapter('A clinic opens at other hours')
  await scheduler.tells(/listens/)
  await notices.tells(/listens/)
  await stage.type(`node portal.js clinic-7 "Harbour Clinic" "Mon-Fri 8-18"`)
  await scheduler.tells(/clinic-7/)
  await notices.tells(/clinic-7/)

  stage.chapter('The scheduler exchanges its key')
  await fetch(`${schedulerHost}/key`, { method: 'PUT', body: 'summer-key-0042' })
  await scheduler.tells(/exchanged/)
  await stage.type(`node portal.js clinic-7 "Harbour Clinic" "Mon-Sat 8-18"`)
  await stage.type(`node portal.js clinic-7 "Harbour Clinic" "Mon-Sat 8-20"`)
  await stage.type(`node portal.js clinic-7 "Harbour Clinic" "Mon-Sun 8-20"`)
  await notices.tells(/clinic-7.*Sun/)
  await stage.typeUntil('npx hms-sync adapters list', /mobileNotices +running +0 +0 +4 [\s\S]*thirdPartyScheduler +failing +3 /)

  stage.chapter('The new key is put in')
  await stage.edit('.env', 'spring-key-4711', 'summer-key-0042')
  await stage.type('npx hms-sync adapters reload thirdPartyScheduler')
  await scheduler.tells(/clinic-7.*Sun/)
  await stage.typeUntil('npx hms-sync adapters list', /thirdPartyScheduler +running +0 /)
  await stage.type('npx hms-sync dlq list')
})
