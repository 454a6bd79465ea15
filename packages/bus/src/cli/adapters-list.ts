import type { AdapterInfo, GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { adapterState, stateText, stateWord } from './adapter-state.js'
import { busCommand, type CommonOptions } from './command.js'
import { inOneLine, printList, say } from './output.js'

/** `hms-sync adapters list` */
export function adaptersListCommand(): Command {
  return busCommand({
    name: 'list',
    description:
      'List the adapters: whether each runs, how the system behind it does (failing, recovering, paused), and what waits for it.',
    examples: [
      ['hms-sync adapters list', 'a table'],
      ['hms-sync adapters show scheduling', 'one of them, with what went wrong'],
    ],
  }).action(listAdapters)
}

async function listAdapters(flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const [adapters, groups] = await Promise.all([
    askBus<{ items: readonly AdapterInfo[] }>(flags.url, '/v1/adapters'),
    askBus<{ items: readonly GroupInfo[] }>(flags.url, '/v1/groups'),
  ])
  const groupOf = new Map(groups.items.map((group) => [group.name, group]))
  const items = adapters.items.map((adapter) => adapterState(adapter, groupOf.get(adapter.name)))
  await printList(items, flags, {
    none: 'There are no adapters. Put one into the folder adapters/ beside topics.yaml.',
    columns: [
      { title: 'ADAPTER', value: ({ name }) => name },
      { title: 'STATE', value: stateWord },
      { title: 'WAITING', value: ({ waiting }) => waiting },
      { title: 'DEAD', value: ({ deadLetters }) => deadLetters },
      { title: 'DELIVERED', value: ({ delivered }) => delivered },
      { title: 'FAILED', value: ({ failed }) => failed },
      { title: 'TARGET', value: ({ target }) => target ?? '-', shrinks: true },
    ],
  })
  if (flags.json) return
  for (const item of items) if (stateWord(item) !== 'running') say(inOneLine(`${item.name}: ${stateText(item)}`))
}
