import type { TopicInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { printList } from './output.js'

/** `hms-sync topics list` */
export function topicsListCommand(): Command {
  return busCommand({
    name: 'list',
    description: 'List the topics of the bus.',
    examples: [
      ['hms-sync topics list', 'a table'],
      ['hms-sync topics list --json', 'one document {"items":[…]}'],
    ],
  }).action(listTopics)
}

async function listTopics(flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const { items } = await askBus<{ items: readonly TopicInfo[] }>(flags.url, '/v1/topics')
  await printList(items, flags, {
    none: 'There are no topics. Declare one in topics.yaml, or with: hms-sync topics add NAME',
    columns: [
      { title: 'TOPIC', value: ({ name }) => name },
      { title: 'KEY', value: ({ key }) => key ?? '-' },
      { title: 'QOS', value: ({ qos }) => qos },
      { title: 'RETENTION', value: ({ retention }) => retention },
      { title: 'SCHEMA', value: schemaOf },
      { title: 'EVENTS', value: ({ events }) => events },
      { title: 'GROUPS', value: ({ groups }) => groups.join(' ') || '-' },
    ],
  })
}

/** The schema as shown everywhere: what has no schema file is marked. */
export function schemaOf({ schema, unvalidated }: TopicInfo): string {
  return unvalidated ? `${schema ?? ''} unvalidated`.trim() : (schema ?? '-')
}
