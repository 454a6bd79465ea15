import type { DeadLetterState, ErrorClass } from '@hms-sync/client'
import type { Offset } from '../../event.js'
import type { Value } from '../../sqlite/driver.js'
import type {
  AttemptQuery,
  DeadLetter,
  DeadLetterQuery,
  EventPlace,
  FailureStore,
  OpenFailures,
  ParkedEvent,
  StoredChunk,
} from '../failures.js'
import { maxOpenKeys } from '../failures.js'
import type { FailureQuestions, LettersBy } from './failure-questions.js'
import type { Pages } from './pages.js'

const everything = Number.MAX_SAFE_INTEGER

/** What the data folder remembers of failures and tries. */
export class FailureReads implements FailureStore {
  readonly #pages: Pages
  readonly #questions: FailureQuestions

  constructor(pages: Pages, questions: FailureQuestions) {
    this.#pages = pages
    this.#questions = questions
  }

  async lastDeadLetter(): Promise<number> {
    const row = await this.#pages.one(this.#questions.lastDeadLetter, [])
    return row === null ? 0 : (row[0] as number)
  }

  deadLetters(query: DeadLetterQuery, limit: number, below = everything): Promise<readonly DeadLetter[]> {
    return listed(this.#pages.all(this.#questions.deadLetters[lettersBy(query)], filterValues(query), below, limit), letterOf)
  }

  oldestDeadLetters(query: DeadLetterQuery, limit: number): Promise<readonly DeadLetter[]> {
    return listed(this.#pages.all(this.#questions.oldestDeadLetters[lettersBy(query)], filterValues(query), 0, limit), letterOf)
  }

  async countDeadLetters(query: DeadLetterQuery): Promise<number> {
    const row = await this.#pages.one(this.#questions.countDeadLetters[lettersBy(query)], filterValues(query))
    return row === null ? 0 : (row[0] as number)
  }

  async deadLetterOf(group: string, { topic, partition, offset }: EventPlace): Promise<DeadLetter | null> {
    const row = await this.#pages.one(this.#questions.deadLetterOf, [group, topic, partition, String(offset)])
    return row === null ? null : letterOf(row)
  }

  async openFailures(group: string, topic: string, partition: number): Promise<OpenFailures> {
    const place = [group, topic, partition]
    const { openKeys: open, parkedKeys, redriving } = this.#questions
    const openKeys = await listed(this.#pages.all(open, place, '', maxOpenKeys + 1), ([key, offset]) => ({
      key: key as string,
      offset: BigInt(offset as string),
    }))
    return {
      openKeys: openKeys.slice(0, maxOpenKeys),
      moreOpenKeys: openKeys.length > maxOpenKeys,
      parked: await listed(this.#pages.all(parkedKeys, place, ''), ([key, count]) => ({ key: key as string, count: count as number })),
      redriving: await listed(this.#pages.all(redriving, place, 0), letterOf),
    }
  }

  async oldestAttempt(): Promise<{ readonly at: number; readonly chunks: number } | null> {
    const row = await this.#pages.one(this.#questions.oldestAttempt, [])
    return row === null ? null : { at: row[0] as number, chunks: row[1] as number }
  }

  async isParked(group: string, { topic, partition, offset }: EventPlace): Promise<boolean> {
    return (await this.#pages.one(this.#questions.isParked, [group, topic, partition, String(offset)])) !== null
  }

  parked(group: string, topic: string, partition: number, key: string, from: Offset, limit: number): Promise<readonly ParkedEvent[]> {
    const rows = this.#pages.all(this.#questions.parked, [group, topic, partition, key], String(from - 1n), limit)
    return listed(rows, ([offset, event, wire]) => ({
      group,
      topic,
      partition,
      offset: BigInt(offset as string),
      key,
      event: event as string,
      wire: wire as string,
    }))
  }

  async *attempts({ group, topic, since, around, below = everything }: AttemptQuery): AsyncGenerator<StoredChunk, void, undefined> {
    if (around !== undefined) {
      if (topic !== undefined && topic !== around.topic) return
      const place = [group ?? null, around.topic, around.partition, String(around.offset)]
      for await (const row of this.#pages.all(this.#questions.attemptsAround, place, below)) {
        const chunk = chunkOf(row)
        if (since === undefined || chunk.at >= since) yield chunk
      }
      return
    }
    const first = since === undefined ? 0 : ((await this.#pages.one(this.#questions.attemptsSince, [since]))?.[0] ?? null)
    if (first === null) return
    const { attempts, attemptsOfGroup } = this.#questions
    const filter = [group ?? null, topic ?? null, first, since ?? null]
    const rows = this.#pages.all(group === undefined ? attempts : attemptsOfGroup, filter, below)
    for await (const row of rows) yield chunkOf(row)
  }
}

/** What finds the fewest letters to look at. */
function lettersBy({ numbers, group, state }: DeadLetterQuery): LettersBy {
  if (numbers !== undefined) return 'numbers'
  if (group !== undefined) return state === undefined ? 'group' : 'groupAndState'
  return state === undefined ? 'nothing' : 'state'
}

function filterValues({ numbers, group, topic, errorClass, state, since, until }: DeadLetterQuery): readonly Value[] {
  const listedNumbers = numbers === undefined ? null : JSON.stringify(numbers)
  return [listedNumbers, group ?? null, topic ?? null, errorClass ?? null, state ?? null, since ?? null, until ?? null]
}

async function listed<T>(rows: AsyncGenerator<readonly Value[], void, undefined>, read: (row: readonly Value[]) => T): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(read(row))
  return found
}

function letterOf(row: readonly Value[]): DeadLetter {
  const [number, state, group, topic, incarnation, partition, offset, key, event, edited, errorClass, attempts, at, reason, wire] = row
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

function chunkOf([number, group, topic, partition, first, last, at, count, text]: readonly Value[]): StoredChunk {
  return {
    number: number as number,
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
