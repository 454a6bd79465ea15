import type { AdapterInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { printList } from './output.js'

/** `hms-sync adapters list` */
export function adaptersListCommand(): Command {
  return busCommand({
    name: 'list',
    description: 'List the adapters of the bus: what each is plugged to, and whether it runs.',
    examples: [
      ['hms-sync adapters list', 'a table'],
      ['hms-sync groups show scheduling', 'what waits for one of them'],
    ],
  }).action(listAdapters)
}

async function listAdapters(flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const { items } = await askBus<{ items: readonly AdapterInfo[] }>(flags.url, '/v1/adapters')
  await printList(items, flags, {
    none: 'There are no adapters. Put one into the folder adapters/ beside topics.yaml.',
    columns: [
      { title: 'ADAPTER', value: ({ name }) => name },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'TARGET', value: ({ target }) => target ?? '-' },
      { title: 'TOPICS', value: ({ topics }) => topics.join(' ') || '-' },
      { title: 'DELIVERED', value: ({ delivered }) => delivered ?? '-' },
      { title: 'FAILED', value: ({ failed }) => failed ?? '-' },
      { title: 'REASON', value: ({ reason }) => reason ?? '' },
    ],
  })
}
