import type { GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { plain, print, printList, say } from './output.js'

/** `hms-sync groups show GROUP` */
export function groupsShowCommand(): Command {
  return busCommand({
    name: 'show',
    description: 'Show one group: for each of its topics what waits, what is under way, and what went wrong last.',
    examples: [['hms-sync groups show scheduling', 'is the scheduling system in step?']],
  })
    .argument('<group>', 'the group: a subscriber or an adapter')
    .action(showGroup)
}

async function showGroup(name: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  await printGroup(await askBus<GroupInfo>(flags.url, `/v1/groups/${encodeURIComponent(name)}`), flags)
}

/** One group with a row a topic; for programs the bus's own document. */
export async function printGroup(group: GroupInfo, flags: CommonOptions): Promise<void> {
  if (flags.json) return print(JSON.stringify(group))
  say(`${plain(group.name)}: ${group.members === 0 ? 'nobody connected' : `${group.members} connected`}`)
  await printList(
    group.topics,
    {},
    {
      none: 'It reads no topic.',
      columns: [
        { title: 'TOPIC', value: ({ topic, declared }) => (declared ? `${topic} (declared)` : topic) },
        { title: 'LAG', value: ({ lag }) => lag },
        { title: 'OLDEST WAITING', value: ({ oldestWaiting }) => oldestWaiting ?? '-' },
        { title: 'IN FLIGHT', value: ({ inFlight }) => inFlight },
        { title: 'RETRYING', value: ({ retrying }) => retrying },
        { title: 'DELIVERED', value: ({ delivered }) => delivered },
        { title: 'FAILED', value: ({ failed }) => failed },
        { title: 'LAST ERROR', value: ({ lastError }) => (lastError === null ? '-' : `${lastError.at} ${lastError.reason}`) },
      ],
    },
  )
}
