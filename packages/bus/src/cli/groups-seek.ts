import type { GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { printGroup } from './groups-show.js'
import { placeInTime } from './moments.js'

/** `hms-sync groups seek GROUP TO` */
export function groupsSeekCommand(): Command {
  return busCommand({
    name: 'seek',
    description: 'Move the place of a group: back to have events again, forward to leave some out.',
    examples: [
      ['hms-sync groups seek clinic 10m', 'again what came in the last ten minutes'],
      ['hms-sync groups seek clinic all --topic permitApproved', 'one topic from its beginning'],
      ['hms-sync groups seek clinic now', 'leave out everything that waits'],
    ],
  })
    .argument('<group>', 'the group')
    .argument('<to>', 'a span (10m, 7d), an ISO time, all, or now', placeInTime)
    .option('--topic <topic>', 'only this topic')
    .action(seekGroup)
}

async function seekGroup(name: string, to: string, flags: CommonOptions & { readonly topic?: string }): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const body = { to, ...(flags.topic === undefined ? {} : { topic: flags.topic }) }
  await printGroup(await askBus<GroupInfo>(flags.url, `/v1/groups/${encodeURIComponent(name)}/seek`, { method: 'POST', body }), flags)
}
