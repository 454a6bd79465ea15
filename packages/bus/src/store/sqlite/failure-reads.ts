import type { DeadLetterState, ErrorClass } from '@hms-sync/client'
import type { Offset } from '../../event.js'
import type { Value } from '../../sqlite/driver.js'
import type {
  AttemptChunk,
  AttemptQuery,
  DeadLetter,
  DeadLetterQuery,
  EventPlace,
  FailureStore,
  OpenFailures,
  ParkedEvent,
} from '../failures.js'
import { maxOpenKeys } from '../failures.js'
import type { FailureReadStatements } from './failure-schema.js'
import type { Pages } from './pages.js'

/** What the data folder remembers of failures and tries. */
export class FailureReads implements FailureStore {
  readonly #pages: Pages
  readonly #reads: FailureReadStatements

  constructor(pages: Pages, reads: FailureReadStatements) {
    this.#pages = pages
    this.#reads = reads
  }

  async lastDeadLetter(): Promise<number> {
    const row = await this.#pages.one(this.#reads.lastDeadLetter, [])
    return row === null ? 0 : (row[0] as number)
  }

  async deadLetters(query: DeadLetterQuery, limit: number, below = Number.MAX_SAFE_INTEGER): Promise<readonly DeadLetter[]> {
    return take(this.#pages.all(this.#reads.deadLetters, filterValues(query), below), limit, letterOf)
  }

  async countDeadLetters(query: DeadLetterQuery): Promise<number> {
    const row = await this.#pages.one(this.#reads.countDeadLetters, filterValues(query))
    return row === null ? 0 : (row[0] as number)
  }

  async deadLetterOf(group: string, { topic, partition, offset }: EventPlace): Promise<DeadLetter | null> {
    const row = await this.#pages.one(this.#reads.deadLetterOf, [group, topic, partition, String(offset)])
    return row === null ? null : letterOf(row)
  }

  async openFailures(group: string, topic: string, partition: number): Promise<OpenFailures> {
    const place = [group, topic, partition]
    const everything = Number.POSITIVE_INFINITY
    const keyAndOffset = ([key, offset]: readonly Value[]) => ({ key: key as string, offset: BigInt(offset as string) })
    const keyAndCount = ([key, count]: readonly Value[]) => ({ key: key as string, count: count as number })
    const openKeys = await take(this.#pages.all(this.#reads.openKeys, place, ''), maxOpenKeys + 1, keyAndOffset)
    return {
      openKeys: openKeys.slice(0, maxOpenKeys),
      moreOpenKeys: openKeys.length > maxOpenKeys,
      parked: await take(this.#pages.all(this.#reads.parkedKeys, place, ''), everything, keyAndCount),
      redriving: await take(this.#pages.all(this.#reads.redriving, place, 0), everything, letterOf),
    }
  }

  async parked(group: string, topic: string, partition: number, key: string, from: Offset, limit: number): Promise<readonly ParkedEvent[]> {
    const found: ParkedEvent[] = []
    for (let next = from; found.length < limit; ) {
      const row = await this.#pages.one(this.#reads.parked, [group, topic, partition, key, String(next)])
      if (row === null) break
      const offset = BigInt(row[0] as string)
      found.push({ group, topic, partition, offset, key, event: row[1] as string, wire: row[2] as string })
      next = offset + 1n
    }
    return found
  }

  async *attempts({ group, topic, since, around }: AttemptQuery): AsyncGenerator<AttemptChunk, void, undefined> {
    const newest = Number.MAX_SAFE_INTEGER
    const rows =
      around === undefined
        ? this.#pages.all(this.#reads.attempts, [group ?? null, topic ?? null, since ?? null], newest)
        : this.#pages.all(this.#reads.attemptsAround, [group ?? null, around.topic, around.partition, String(around.offset)], newest)
    for await (const row of rows) yield chunkOf(row)
  }
}

function filterValues({ numbers, group, topic, errorClass, state, since, until }: DeadLetterQuery): readonly Value[] {
  const listed = numbers === undefined ? null : JSON.stringify(numbers)
  return [listed, group ?? null, topic ?? null, errorClass ?? null, state ?? null, since ?? null, until ?? null]
}

async function take<T>(
  rows: AsyncGenerator<readonly Value[], void, undefined>,
  limit: number,
  read: (row: readonly Value[]) => T,
): Promise<T[]> {
  const found: T[] = []
  if (limit === 0) return found
  for await (const row of rows) {
    found.push(read(row))
    if (found.length === limit) break
  }
  return found
}

function letterOf(row: readonly Value[]): DeadLetter {
  const [number, state, group, topic, incarnation, partition, offset, key, event, wire, edited, reason, errorClass, attempts, at] = row
  return {
    number: number as number,
    state: state as DeadLetterState,
    group: group as string,
    topic: topic as string,
    incarnation: incarnation as string,
    partition: partition as number,
    offset: BigInt(offset as string),
    key: key as string | null,
    event: event as string,
    wire: wire as string,
    edited: edited === 1,
    reason: reason as string,
    errorClass: errorClass as ErrorClass | null,
    attempts: attempts as number,
    at: at as number,
  }
}

function chunkOf([, group, topic, partition, first, last, at, count, text]: readonly Value[]): AttemptChunk {
  return {
    group: group as string,
    topic: topic as string,
    partition: partition as number,
    first: BigInt(first as string),
    last: BigInt(last as string),
    at: at as number,
    count: count as number,
    text: text as string,
  }
}
