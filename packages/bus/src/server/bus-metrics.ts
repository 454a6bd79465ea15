import type { AdapterInfo, GroupInfo, TopicInfo } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Family } from '../observe/metrics.js'
import { gauge } from '../observe/metrics.js'
import type { AdaptersView } from './route.js'

/** The state of the bus as metrics, read when somebody asks: nothing is counted twice. */
export async function busFamilies(bus: SyncBus, adapters: AdaptersView): Promise<readonly Family[]> {
  const [topics, groups, plugged] = await Promise.all([bus.topics({ name: 'anonymous' }), bus.groups(), adapters.list()])
  return [
    gauge('hms_sync_ready', '1 while events are accepted.', bus.health().ready ? 1 : 0),
    ...topicFamilies(topics),
    ...groupFamilies(groups, bus.parts.clock.now()),
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

function groupFamilies(groups: readonly GroupInfo[], nowMs: number): readonly Family[] {
  type Place = GroupInfo['topics'][number]
  const places = groups.flatMap((group) => group.topics.map((place) => ({ place, labels: { group: group.name, topic: place.topic } })))
  const each = (name: string, type: Family['type'], help: string, value: (place: Place) => number): Family => ({
    name: `hms_sync_group_${name}`,
    type,
    help,
    values: places.map(({ place, labels }) => ({ value: value(place), labels })),
  })
  return [
    {
      name: 'hms_sync_group_members',
      type: 'gauge',
      help: 'Subscribers and adapters connected.',
      values: groups.map(({ name, members }) => ({ value: members, labels: { group: name } })),
    },
    each('lag_events', 'gauge', 'Events not settled yet.', (place) => place.lag),
    each('oldest_waiting_seconds', 'gauge', 'Age of the oldest event not settled; 0 when there is none.', ({ oldestWaiting }) =>
      ageSeconds(oldestWaiting, nowMs),
    ),
    each('in_flight', 'gauge', 'Deliveries handed out and not settled.', (place) => place.inFlight),
    each('retrying', 'gauge', 'Deliveries that wait for another try.', (place) => place.retrying),
    each('delivered_total', 'counter', 'Deliveries settled as done since the bus started.', (place) => place.delivered),
    each('failed_total', 'counter', 'Tries that failed since the bus started.', (place) => place.failed),
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
  ]
}

function ageSeconds(time: string | null, nowMs: number): number {
  return time === null ? 0 : Math.max(0, nowMs - Date.parse(time)) / 1_000
}
