import type { TargetHealth } from '@hms-sync/client'
import { formatPosition, type Offset } from '../event.js'
import type { Notice } from '../observe/notices.js'
import type { TopicConfig } from '../registry/config.js'
import type { Entry } from './consumption/lanes.js'
import type { GaveUp } from './failures/dead-letters.js'

/** Events that a group was owed are gone. */
export function gapNotice(group: string, topic: string, partition: number, first: Offset, last: Offset): Notice {
  const lost = { first: formatPosition(partition, first), last: formatPosition(partition, last) }
  return {
    cause: 'gap',
    subject: group,
    topic,
    text: 'Events were trimmed before the group read them. Bring the system behind it up to date by other means, and give the topic more room or the group more speed.',
    details: lost,
  }
}

/** `maxBytes` makes events go that somebody is owed. */
export function forcedOutNotice({ name, maxBytes }: TopicConfig, partition: number, first: Offset, last: Offset): Notice {
  return {
    cause: 'gap',
    subject: name,
    topic: name,
    text: 'maxBytes forces out events that a group has not settled; their groups will see a gap.',
    details: { first: formatPosition(partition, first), last: formatPosition(partition, last), maxBytes },
  }
}

/** Owed events are about to be forced out by `maxBytes`. */
export function owedNearLimitNotice({ name, maxBytes }: TopicConfig, partition: number, first: Offset, last: Offset): Notice {
  return {
    cause: 'owed_near_limit',
    subject: name,
    topic: name,
    text: `The topic ${name} is nearly full of events that a group has not settled; at maxBytes the oldest of them go. Let the group catch up, raise maxBytes, or let it skip what waits with \`hms-sync groups seek GROUP now\`.`,
    details: { first: formatPosition(partition, first), last: formatPosition(partition, last), maxBytes },
  }
}

/** A group is further behind than it should be. */
export function lagNotice(group: string, topic: string, lag: number, oldestWaiting: string | null): Notice {
  return {
    cause: 'lag',
    subject: group,
    topic,
    text: `The group ${group} is ${lag} events behind on ${topic}${oldestWaiting === null ? '' : `; the oldest came at ${oldestWaiting}`}. See \`hms-sync groups show ${group}\`.`,
    details: { lag, oldestWaiting },
  }
}

/** A delivery gave up. */
export function deadLetterNotice(
  group: string,
  topic: string,
  { offset, event, again, key }: Entry,
  { reason, errorClass }: GaveUp,
): Notice {
  return {
    cause: 'dead_letter',
    subject: group,
    topic,
    text: `${group} did not take an event of ${topic}${key === null ? '' : ` (key ${key})`}; it is a dead letter now: ${reason.replace(/\.?$/, '.')} See \`hms-sync dlq list --adapter ${group} --state open\`; mend the cause, then redrive.`,
    details: { event: event?.id ?? null, offset: String(offset), key, reason, errorClass, redriven: again?.kind === 'dead_letter' },
  }
}

/** A key has more parked events than are kept. */
export function parkingFullNotice(group: string, topic: string, key: string): Notice {
  return {
    cause: 'parking_full',
    subject: group,
    topic,
    text: 'Too many events wait behind a dead letter of their key; later ones wait in the log and hold up its trimming. Redrive or skip the dead letter.',
    details: { key },
  }
}

/** Dead letters and what is parked behind them hold as many keys as may be. */
export function heldFullNotice(group: string, topic: string, partition: number): Notice {
  return {
    cause: 'parking_full',
    subject: group,
    topic,
    text: 'Dead letters hold so many keys that the group reads no further in one partition; its events wait in the log. Redrive or skip dead letters.',
    details: { partition },
  }
}

/** The system behind a group fails, is paused, or answers again. */
export function targetNotice(group: string, { state, reason, since, nextProbe }: TargetHealth): Notice {
  const details = { state, reason, since, nextProbe }
  if (state === 'paused') {
    const text = `The system behind ${group} is paused; its events wait. When it is mended: \`hms-sync adapters resume ${group}\`.`
    return { cause: 'target_paused', subject: group, text, details }
  }
  if (state === 'failing') {
    const text = `The system behind ${group} is out of reach; its events wait, and it is tried again by itself. ${reason ?? ''}`.trim()
    return { cause: 'target_failing', subject: group, text, details }
  }
  return {
    cause: 'target_recovered',
    subject: group,
    text: `The system behind ${group} answers again; what waited is being delivered.`,
    details,
  }
}
