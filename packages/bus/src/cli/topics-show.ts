import type { TopicInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { printFacts, printJson } from './output.js'
import { schemaOf } from './topics-list.js'

/** `hms-sync topics show TOPIC` */
export function topicsShowCommand(): Command {
  return busCommand({
    name: 'show',
    description: 'Show one topic: what it promises, what lies in it, and who reads it.',
    examples: [['hms-sync topics show inspections.status', 'everything the bus knows of it']],
  })
    .argument('<topic>', 'the topic')
    .action(showTopic)
}

async function showTopic(name: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const topic = await askBus<TopicInfo>(flags.url, `/v1/topics/${encodeURIComponent(name)}`)
  if (flags.json) return printJson(topic)
  await printFacts([
    ['topic', topic.name],
    ...(topic.description === '' ? [] : [['description', topic.description] as const]),
    ['key', topic.key ?? 'none: events have no order'],
    ['qos', topic.qos],
    ['retention', `${topic.retention} (the replay window)`],
    ['schema', schemaOf(topic)],
    ['producers', topic.producers?.join(', ') ?? 'open to all'],
    ['consumers', topic.consumers?.join(', ') ?? 'open to all'],
    ['partitions', topic.partitions],
    ['events', topic.events],
    ['bytes', topic.bytes],
    ['first received', topic.firstReceived ?? '-'],
    ['published', topic.published],
    ['duplicates', topic.duplicates],
    ['unrouted', topic.unrouted],
    ['groups', topic.groups.join(', ') || '-'],
  ])
}
