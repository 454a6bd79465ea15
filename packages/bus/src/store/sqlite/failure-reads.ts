import type { DeadLetterState, ErrorClass } from '@hms-sync/client'
import type { Offset } from '../../event.js'
import type { Value } from '../../sqlite/driver.js'
import type {
  AttemptQuery,
  DeadLetter,
  DeadLetterQuery,
  EventPlace,
  FailureStore,
  MostKeys,
  OpenFailures,
  ParkedEvent,
  StoredChunk,
} from '../failures.js'
import { maxRedriving } from '../failures.js'
import type { FailureQuestions, LettersBy } from './failure-questions.js'
import type { Pages } from './pages.js'

const everything = Number.MAX_SAFE_INTEGER
/** Letters looked at in one question, 30 ms of them: others who read wait no longer than that. */
const windowNumbers = 10_000

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

  async deadLetters(query: DeadLetterQuery, limit: number, below = everything): Promise<readonly DeadLetter[]> {
    const question = this.#questions.deadLetters[lettersBy(query)]
    const found: DeadLetter[] = []
    for (const { first, last } of (await this.#windows(query)).toReversed()) {
      if (first >= below) continue
      const rows = this.#pages.all(question, [...filterValues(query), first], Math.min(below, last + 1), limit - found.length)
      found.push(...(await listed(rows, letterOf)))
      if (found.length >= limit) break
    }
    return found
  }

  async oldestDeadLetters(query: DeadLetterQuery, limit: number): Promise<readonly DeadLetter[]> {
    const question = this.#questions.oldestDeadLetters[lettersBy(query)]
    const found: DeadLetter[] = []
    for (const { first, last } of await this.#windows(query)) {
      const rows = this.#pages.all(question, [...filterValues(query), last], first - 1, limit - found.length)
      found.push(...(await listed(rows, letterOf)))
      if (found.length >= limit) break
    }
    return found
  }

  async countDeadLetters(query: DeadLetterQuery): Promise<number> {
    const question = this.#questions.countDeadLetters[lettersBy(query)]
    let count = 0
    for (const { first, last } of await this.#windows(query)) {
      const row = await this.#pages.one(question, [...filterValues(query), first, last])
      count += row === null ? 0 : (row[0] as number)
    }
    return count
  }

  async deadLetterOf(group: string, { topic, partition, offset }: EventPlace): Promise<DeadLetter | null> {
    const row = await this.#pages.one(this.#questions.deadLetterOf, [group, topic, partition, String(offset)])
    return row === null ? null : letterOf(row)
  }

  async openFailures(group: string, topic: string, partition: number, most: MostKeys): Promise<OpenFailures> {
    const place = [group, topic, partition]
    const { openKeys: open, parkedKeys, redriving } = this.#questions
    const openKeys = await listed(this.#pages.all(open, place, '', most.open + 1), ([key, offset]) => ({
      key: key as string,
      offset: BigInt(offset as string),
    }))
    const parked = await listed(this.#pages.all(parkedKeys, place, '', most.parked + 1), ([key, count]) => ({
      key: key as string,
      count: count as number,
    }))
    return {
      openKeys: openKeys.slice(0, most.open),
      moreOpenKeys: openKeys.length > most.open,
      parked: parked.slice(0, most.parked),
      moreParkedKeys: parked.length > most.parked,
      redriving: await listed(this.#pages.all(redriving, place, 0, maxRedriving), letterOf),
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
    const { attempts, attemptsOfGroup, attemptsOfTopic } = this.#questions
    const filter = [group ?? null, topic ?? null, first, since ?? null]
    const question = group !== undefined ? attemptsOfGroup : topic !== undefined ? attemptsOfTopic : attempts
    const rows = this.#pages.all(question, filter, below)
    for await (const row of rows) yield chunkOf(row)
  }

  /** The numbers to look at, ascending: all at once where an index leads to the letters, otherwise a window after the other. */
  async #windows(query: DeadLetterQuery): Promise<readonly { readonly first: number; readonly last: number }[]> {
    if (!looksAtEach(query)) return [{ first: 0, last: everything - 1 }]
    const [lowest, highest] = (await this.#pages.one(this.#questions.deadLetterNumbers, [])) ?? []
    if (typeof lowest !== 'number' || typeof highest !== 'number') return []
    const windows = Math.ceil((highest - lowest + 1) / windowNumbers)
    return Array.from({ length: windows }, (_, i) => {
      const first = lowest + i * windowNumbers
      return { first, last: first + windowNumbers - 1 }
    })
  }
}

/** Whether letters are looked at one by one, for an index alone does not tell. */
function looksAtEach({ numbers, topic, errorClass, since, until }: DeadLetterQuery): boolean {
  return numbers === undefined && [topic, errorClass, since, until].some((value) => value !== undefined)
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
