import type { AdapterInfo, TopicInfo } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Family } from '../observe/metrics.js'
import { gauge } from '../observe/metrics.js'
import { groupFamilies } from './group-metrics.js'
import type { AdaptersView } from './route.js'

/** The state of the bus as metrics, read when somebody asks: nothing is counted twice. */
export async function busFamilies(bus: SyncBus, adapters: AdaptersView): Promise<readonly Family[]> {
  const [topics, groups, plugged] = await Promise.all([bus.topics({ name: 'anonymous' }), bus.groups(), adapters.list()])
  return [
    gauge('hms_sync_ready', '1 while events are accepted.', bus.health().ready ? 1 : 0),
    ...topicFamilies(topics),
    ...groupFamilies(groups, bus.deliveryCounts(), bus.parts.clock.now()),
    noticeFamily(bus.noticeCounts()),
    ...adapterFamilies(plugged),
  ]
}

function topicFamilies(topics: readonly TopicInfo[]): readonly Family[] {
  const each = (name: string, type: Family['type'], help: string, value: (topic: TopicInfo) => number): Family => ({
    name: `hms_sync_topic_${name}`,
    type,
    help,
    values: topics.map((topic) => ({ value: value(topic), labels: { topic: topic.name } })),
  })
  return [
    each('published_total', 'counter', 'Events accepted since the bus started.', (topic) => topic.published),
    each('duplicates_total', 'counter', 'Publishes answered as duplicates since the bus started.', (topic) => topic.duplicates),
    each('unrouted_total', 'counter', 'Events that no group takes, since the bus started.', (topic) => topic.unrouted),
    each('events', 'gauge', 'Events in the log.', (topic) => topic.events),
    each('size_bytes', 'gauge', 'Size of the events in the log.', (topic) => topic.bytes),
  ]
}

function adapterFamilies(adapters: readonly AdapterInfo[]): readonly Family[] {
  return [
    {
      name: 'hms_sync_adapter_running',
      type: 'gauge',
      help: '1 while the adapter runs.',
      values: adapters.map(({ name, state }) => ({ value: state === 'running' ? 1 : 0, labels: { adapter: name } })),
    },
    {
      name: 'hms_sync_adapter_restarts_total',
      type: 'counter',
      help: 'Times that the adapter was started again.',
      values: adapters.map(({ name, restarts }) => ({ value: restarts, labels: { adapter: name } })),
    },
  ]
}

function noticeFamily(counts: ReadonlyMap<string, number>): Family {
  return {
    name: 'hms_sync_notices_total',
    type: 'counter',
    help: 'What operators should hear of, by cause, also what was left out within the window.',
    values: [...counts].map(([cause, value]) => ({ value, labels: { cause } })),
  }
}
