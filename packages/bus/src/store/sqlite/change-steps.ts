import { SyncError } from '@hms-sync/client'
import type { Step } from '../../sqlite/job.js'
import { type Change, maxAheadRanges, type Progress } from '../store.js'
import { encodeAhead } from './ahead.js'
import { failureSteps } from './failure-steps.js'
import type { StoreWrites } from './schema.js'

/** What a change writes, in order. @throws SyncError `internal` for more ranges ahead than the port allows. */
export function stepsOf(change: Change, writes: StoreWrites): Step[] {
  switch (change.kind) {
    case 'progress':
      return [{ statement: writes.progress, values: progressRow(change.progress) }]
    case 'retry': {
      const { group, topic, partition, offset, attempts, dueAt, reason } = change.retry
      return [{ statement: writes.retry, values: [group, topic, partition, offset, attempts, dueAt, reason] }]
    }
    case 'retry_settled':
      return [{ statement: writes.retrySettled, values: [change.group, change.topic, change.partition, change.offset] }]
    case 'retries_dropped':
      return [{ statement: writes.groupTopicRetries, values: [change.group, change.topic] }]
    case 'group_deleted':
      return groupDeleted(change.group, change.topic, writes)
    case 'projection': {
      const { projection, topic, incarnation, next } = change.cursor
      const steps: Step[] = [{ statement: writes.projection, values: [projection, topic, incarnation, next.join('.')] }]
      const { segment } = change
      if (segment !== undefined) steps.push({ statement: writes.segment, values: [projection, topic, segment.number, segment.bytes] })
      return steps
    }
    case 'segments_dropped':
      return [{ statement: writes.segmentsDropped, values: [change.projection, change.topic, change.below] }]
    case 'document':
      return [{ statement: writes.document, values: [change.name, change.text] }]
    default:
      return failureSteps(change, writes.failures)
  }
}

function progressRow({ group, topic, partition, incarnation, cursor, ahead }: Progress): Step['values'] {
  if (ahead.length > maxAheadRanges) {
    throw new SyncError(
      'internal',
      `Group ${group} has ${ahead.length} ranges finished ahead of its cursor on ${topic}; at most ${maxAheadRanges} are kept.`,
    )
  }
  return [group, topic, partition, incarnation, cursor, encodeAhead(cursor, ahead)]
}

function groupDeleted(group: string, topic: string | undefined, writes: StoreWrites): Step[] {
  const { failures } = writes
  if (topic === undefined) {
    const all = [writes.groupProgress, writes.groupRetries, failures.groupDeadLetters, failures.groupParked]
    return all.map((statement) => ({ statement, values: [group] }))
  }
  const ofTopic = [writes.groupTopicProgress, writes.groupTopicRetries, failures.groupTopicDeadLetters, failures.groupTopicParked]
  return ofTopic.map((statement) => ({ statement, values: [group, topic] }))
}

/** About how much the steps write. */
export function bytesOf(steps: readonly Step[]): number {
  let bytes = 0
  for (const { values } of steps) {
    bytes += 64
    for (const value of values) bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  }
  return bytes
}
