import type { GroupInfo, TargetHealth } from '@hms-sync/client'
import type { GroupCounts } from '../bus.js'
import { type Family, histogram } from '../observe/metrics.js'

type Place = GroupInfo['topics'][number]
type Counts = GroupCounts['topics'][number]

/** Every group, an adapter's among them: what it is owed, and what became of its deliveries. */
export function groupFamilies(groups: readonly GroupInfo[], counts: readonly GroupCounts[], nowMs: number): readonly Family[] {
  return [
    {
      name: 'hms_sync_group_members',
      type: 'gauge',
      help: 'Subscribers and adapters connected.',
      values: groups.map(({ name, members }) => ({ value: members, labels: { group: name } })),
    },
    {
      name: 'hms_sync_group_open_dead_letters',
      type: 'gauge',
      help: 'Dead letters that wait for somebody.',
      values: groups.map(({ name, deadLetters }) => ({ value: deadLetters, labels: { group: name } })),
    },
    targetState(groups),
    ...places(groups, nowMs),
    ...outcomes(counts),
    histogram({
      name: 'hms_sync_group_attempt_duration_seconds',
      help: 'How long tries took, from handing out to the outcome, or as the receiver measured it.',
      series: counts.map(({ group, durations }) => ({ ...durations, labels: { group } })),
    }),
  ]
}

const states: readonly TargetHealth['state'][] = ['healthy', 'failing', 'recovering', 'paused']

function targetState(groups: readonly GroupInfo[]): Family {
  return {
    name: 'hms_sync_target_state',
    type: 'gauge',
    help: '1 for the state that the system behind a group is in, 0 for the others.',
    values: groups.flatMap(({ name, health }) =>
      health === null ? [] : states.map((state) => ({ value: state === health.state ? 1 : 0, labels: { group: name, state } })),
    ),
  }
}

function places(groups: readonly GroupInfo[], nowMs: number): readonly Family[] {
  const all = groups.flatMap((group) => group.topics.map((place) => ({ place, labels: { group: group.name, topic: place.topic } })))
  const each = (name: string, help: string, value: (place: Place) => number): Family => ({
    name: `hms_sync_group_${name}`,
    type: 'gauge',
    help,
    values: all.map(({ place, labels }) => ({ value: value(place), labels })),
  })
  return [
    each('lag_events', 'Events not settled yet.', (place) => place.lag),
    each('oldest_waiting_seconds', 'Age of the oldest event not settled; 0 when there is none.', ({ oldestWaiting }) =>
      ageSeconds(oldestWaiting, nowMs),
    ),
    each('in_flight', 'Deliveries handed out and not settled.', (place) => place.inFlight),
    each('retrying', 'Deliveries that wait for another try.', (place) => place.retrying),
    each('parked_events', 'Events that wait behind a dead letter of their key.', (place) => place.parked),
  ]
}

function outcomes(counts: readonly GroupCounts[]): readonly Family[] {
  const all = counts.flatMap(({ group, topics }) => topics.map((of) => ({ of, labels: { group, topic: of.topic } })))
  const each = (name: string, help: string, value: (of: Counts) => number): Family => ({
    name: `hms_sync_group_${name}_total`,
    type: 'counter',
    help: `${help} since the bus started.`,
    values: all.map(({ of, labels }) => ({ value: value(of), labels })),
  })
  return [
    each('delivered', 'Deliveries settled as done', (of) => of.delivered),
    each('filtered', 'Events that an adapter’s filter left out,', (of) => of.filtered),
    each('failed', 'Tries that failed', (of) => of.failed),
    each('retried', 'Failed tries that count, after which the event came again,', (of) => of.retried),
    each('dead_letters', 'Deliveries that gave up', (of) => of.dead),
    each('superseded', 'Times that a newer event made the dead letters of its key stale,', (of) => of.superseded),
  ]
}

function ageSeconds(time: string | null, nowMs: number): number {
  return time === null ? 0 : Math.max(0, nowMs - Date.parse(time)) / 1_000
}
