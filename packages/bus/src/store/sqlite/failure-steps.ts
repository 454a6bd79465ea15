import type { Step } from '../../sqlite/job.js'
import type { FailureChange } from '../failures.js'
import type { FailureWrites } from './failure-schema.js'

/** What a change of the failures writes, in order. */
export function failureSteps(change: FailureChange, writes: FailureWrites): Step[] {
  switch (change.kind) {
    case 'dead_letter': {
      const { number, state, group, topic, incarnation, partition, offset, key, event, wire, edited, reason, errorClass, attempts, at } =
        change.letter
      const place = [number, state, group, topic, incarnation, partition, offset, key, event]
      return [{ statement: writes.deadLetter, values: [...place, edited ? 1 : 0, errorClass, attempts, at, reason, wire] }]
    }
    case 'dead_letter_state':
      return [{ statement: writes.deadLetterState, values: [change.number, change.state] }]
    case 'superseded':
      return [{ statement: writes.superseded, values: [change.group, change.topic, change.partition, change.key, change.below] }]
    case 'dead_letters_trimmed':
      return [{ statement: writes.deadLettersTrimmed, values: [change.before] }]
    case 'parked': {
      const { group, topic, partition, offset, key, event, wire } = change.event
      return [{ statement: writes.parked, values: [group, topic, partition, offset, key, event, wire] }]
    }
    case 'unparked':
      return [{ statement: writes.unparked, values: [change.group, change.topic, change.partition, change.offset] }]
    case 'parked_dropped':
      return [{ statement: writes.parkedDropped, values: [change.group, change.topic, change.partition, change.from] }]
    case 'attempts': {
      const { group, topic, partition, first, last, at, count, text } = change.chunk
      return [{ statement: writes.attempts, values: [group, topic, partition, first, last, at, count, text] }]
    }
    case 'attempts_trimmed':
      return [{ statement: writes.attemptsTrimmed, values: [change.before, change.keep] }]
  }
}
