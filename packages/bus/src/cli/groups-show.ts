import type { AdapterInfo, GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { adapterFault, healthReason } from './adapter-state.js'
import { busCommand, type CommonOptions } from './command.js'
import { plain, printJson, printList, say } from './output.js'
import { age, localTime } from './times.js'

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
  if (flags.json) return printJson(group)
  const letters = group.deadLetters === 0 ? '' : `; dead letters that wait for somebody: ${group.deadLetters}`
  const health =
    group.health === null || group.health.state === 'healthy' ? '' : `; its system is ${group.health.state} ${healthReason(group.health)}`
  const members =
    group.members === 0 ? (adapterFault(group.name, await adaptersOf(flags)) ?? 'nobody connected') : `${group.members} connected`
  say(plain(`${group.name}: ${members}${letters}${health}`))
  await printTopics(group)
}

async function adaptersOf({ url }: CommonOptions): Promise<readonly AdapterInfo[]> {
  const { askBus } = await import('./bus-http.js')
  return (await askBus<{ items: readonly AdapterInfo[] }>(url, '/v1/adapters')).items
}

/** A row a topic, and what went wrong last on each. */
export async function printTopics({ topics }: GroupInfo): Promise<void> {
  await printList(
    topics,
    {},
    {
      none: 'It reads no topic.',
      columns: [
        { title: 'TOPIC', value: ({ topic, declared }) => (declared ? `${topic} (declared)` : topic), shrinks: true },
        { title: 'LAG', value: ({ lag }) => lag },
        { title: 'OLDEST', value: ({ oldestWaiting }) => (oldestWaiting === null ? '-' : age(oldestWaiting)) },
        { title: 'IN FLIGHT', value: ({ inFlight }) => inFlight },
        { title: 'RETRYING', value: ({ retrying }) => retrying },
        { title: 'DELIVERED', value: ({ delivered }) => delivered },
        { title: 'FAILED', value: ({ failed }) => failed },
        { title: 'GAVE UP', value: ({ dead }) => dead },
        { title: 'PARKED', value: ({ parked }) => parked },
      ],
    },
  )
  for (const { topic, lastError } of topics) {
    if (lastError !== null) say(plain(`${topic}: last error ${localTime(lastError.at)} ${lastError.reason}`))
  }
}
