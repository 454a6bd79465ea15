import { formatPosition, type Offset } from '../event.js'
import type { Notice } from '../observe/notices.js'

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
