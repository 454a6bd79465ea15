import type { GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { printList } from './output.js'
import { age } from './times.js'

/** `hms-sync groups list` */
export function groupsListCommand(): Command {
  return busCommand({
    name: 'list',
    description: 'List the groups and how far they lag behind.',
    examples: [
      ['hms-sync groups list', 'a table'],
      ['hms-sync groups list --json', 'one document {"items":[…]}'],
    ],
  }).action(listGroups)
}

async function listGroups(flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const { items } = await askBus<{ items: readonly GroupInfo[] }>(flags.url, '/v1/groups')
  await printList(items, flags, {
    none: 'There are no groups. A name under `consumers:` in topics.yaml is one, and so is every subscriber with a name and every adapter.',
    columns: [
      { title: 'GROUP', value: ({ name }) => name },
      { title: 'TOPICS', value: ({ topics }) => topics.map(({ topic }) => topic).join(' ') || '-', shrinks: true },
      { title: 'MEMBERS', value: ({ members }) => members },
      { title: 'LAG', value: (group) => total(group, 'lag') },
      { title: 'IN FLIGHT', value: (group) => total(group, 'inFlight') },
      { title: 'RETRYING', value: (group) => total(group, 'retrying') },
      { title: 'DELIVERED', value: (group) => total(group, 'delivered') },
      { title: 'FAILED', value: (group) => total(group, 'failed') },
      { title: 'DEAD', value: ({ deadLetters }) => deadLetters },
      { title: 'OLDEST', value: oldestWaiting },
    ],
  })
}

function total({ topics }: GroupInfo, name: 'lag' | 'inFlight' | 'retrying' | 'delivered' | 'failed'): number {
  return topics.reduce((sum, topic) => sum + topic[name], 0)
}

function oldestWaiting({ topics }: GroupInfo): string {
  const oldest = topics.flatMap((topic) => topic.oldestWaiting ?? []).sort()[0]
  return oldest === undefined ? '-' : age(oldest)
}
