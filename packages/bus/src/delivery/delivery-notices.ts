import type { TargetHealth } from '@hms-sync/client'
import { formatPosition, type Offset } from '../event.js'
import type { Notice } from '../observe/notices.js'
import type { GaveUp } from './failures/dead-letters.js'
import type { Entry } from './lanes.js'

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

/** A delivery gave up. */
export function deadLetterNotice(group: string, topic: string, { offset, again, key }: Entry, { reason, errorClass }: GaveUp): Notice {
  return {
    cause: 'dead_letter',
    subject: group,
    topic,
    text: `An event gave up and is a dead letter: ${reason} See \`hms-sync dlq list --adapter ${group}\`; mend the cause, then redrive.`,
    details: { offset: String(offset), key, reason, errorClass, redriven: again?.kind === 'dead_letter' },
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
