import { randomBytes } from 'node:crypto'
import { SyncError } from '@hms-sync/client'
import type { Incarnation } from '../../event.js'
import type { Job } from '../../sqlite/job.js'
import { rowCount } from '../../sqlite/query.js'
import type { Reader } from '../../sqlite/reader.js'
import type { TopicLog } from '../engine.js'
import { Partition } from './partition.js'
import { maxLogs, type Reads, type Writes } from './schema.js'

export interface Topic {
  readonly number: number
  readonly incarnation: Incarnation
  readonly partitions: Partition[]
}

export const maxPartitions = 1024

/** What is in the file, by topic name. */
export async function loadTopics(reader: Reader, reads: Reads): Promise<Map<string, Topic>> {
  const topics = new Map<string, Topic>()
  const names = new Map<number, string>()
  for await (const [number, name, incarnation] of allRows(reader, reads.topics)) {
    topics.set(name as string, { number: number as number, incarnation: incarnation as string, partitions: [] })
    names.set(number as number, name as string)
  }
  for await (const row of allRows(reader, reads.logs)) {
    const [log, topicNumber, partition, events, bytes, floor, last, received] = row as [
      number,
      number,
      number,
      number,
      number,
      number,
      number | null,
      number | null,
    ]
    const topic = names.get(topicNumber)!
    const end = Math.max((last ?? 0) + 1, floor, 1)
    topics.get(topic)!.partitions[partition] = new Partition({ log, topic, partition, events, bytes, floor, end, received: received ?? 0 })
  }
  return topics
}

async function* allRows(reader: Reader, statement: number): AsyncGenerator<readonly unknown[]> {
  const maxRows = 512
  for (let after = 0; ; ) {
    const rows = await reader.ask({ statement, args: [after], maxRows, maxBytes: 1024 * 1024, caller: reader })
    for (let i = 0; i < rows.values.length; i += rows.width) {
      const row = rows.values.slice(i, i + rows.width)
      after = row[0] as number
      yield row
    }
    if (rowCount(rows) === 0) return
  }
}

/** Numbers of topics and logs are given out here, never twice. */
export class Numbers {
  #topic: number
  #log: number

  constructor(topics: Iterable<Topic>) {
    this.#topic = 0
    this.#log = 0
    for (const { number, partitions } of topics) {
      this.#topic = Math.max(this.#topic, number)
      for (const { log } of partitions) this.#log = Math.max(this.#log, log)
    }
  }

  nextTopic(): number {
    return ++this.#topic
  }

  nextLog(): number {
    return ++this.#log
  }

  get logsLeft(): number {
    return maxLogs - 1 - this.#log
  }
}

/**
 * The topic as it shall be, and the job that makes it so; no job when it is so already.
 * @throws SyncError `change_refused`.
 */
export function planTopic(
  wanted: TopicLog,
  found: Topic | undefined,
  numbers: Numbers,
  writes: Writes,
): { readonly topic: Topic; readonly job: Job | null } {
  const has = found?.partitions.length ?? 0
  refuse(wanted, has, numbers)
  if (found !== undefined && has === wanted.partitions) return { topic: found, job: null }
  const topic: Topic = found ?? { number: numbers.nextTopic(), incarnation: randomBytes(9).toString('base64url'), partitions: [] }
  const added: Partition[] = []
  for (let partition = has; partition < wanted.partitions; partition++) {
    added.push(new Partition({ log: numbers.nextLog(), topic: wanted.name, partition, events: 0, bytes: 0, floor: 0, end: 1, received: 0 }))
  }
  const steps = [{ statement: writes.log, values: added.flatMap(({ log, partition }) => [log, topic.number, partition]) }]
  if (found === undefined) steps.unshift({ statement: writes.topic, values: [topic.number, wanted.name, topic.incarnation] as never[] })
  return { topic: { ...topic, partitions: [...topic.partitions, ...added] }, job: { steps, grows: true, bytes: 1024 } }
}

function refuse(wanted: TopicLog, has: number, numbers: Numbers): void {
  const refusal = (why: string): SyncError => new SyncError('change_refused', `Topic ${wanted.name}: ${why}`)
  if (!Number.isInteger(wanted.partitions) || wanted.partitions < 1 || wanted.partitions > maxPartitions) {
    throw refusal(`${wanted.partitions} partitions are not possible; write 1 to ${maxPartitions}.`)
  }
  if (wanted.partitions < has)
    throw refusal(`it has ${has} partitions and cannot shrink to ${wanted.partitions}. Write partitions: ${has}.`)
  if (wanted.partitions - has > numbers.logsLeft) throw refusal(`the data folder holds no more than ${maxLogs - 1} partitions.`)
}
