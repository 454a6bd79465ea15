import type { WireEvent } from '@hms-sync/client'
import type { OutgoingEvent } from '../../event.js'
import type { DeadLetter, ParkedEvent } from '../../store/failures.js'

/** An event kept outside the log, on its way out once more. */
export function outgoingOf({ topic, partition, offset, key, event, wire }: DeadLetter | ParkedEvent): OutgoingEvent {
  const { source, received } = JSON.parse(wire) as WireEvent
  return { topic, partition, offset, key, id: event, source, received: Date.parse(received), wire }
}
