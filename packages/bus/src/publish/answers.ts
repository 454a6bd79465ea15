import { isDeepStrictEqual } from 'node:util'
import { type PublishResult, SyncError, toProblem } from '@hms-sync/client'
import { formatPosition, type LogEvent } from '../event.js'
import type { Hearer } from './awaited.js'
import type { Location } from './dedupe/dedupe-window.js'
import type { Topic } from './topic.js'

/** The results of one call, gathered as they come: one promise for all of them, since one an event would cost more than storing it. */
export class Answers implements Hearer {
  /** Resolves when every event has its result, in the order of the events. Never rejects. */
  readonly all: Promise<readonly PublishResult[]>
  readonly #topic: Topic
  readonly #results: PublishResult[]
  #left: number
  #resolve!: (results: readonly PublishResult[]) => void

  constructor(topic: Topic, events: number) {
    this.#topic = topic
    this.#results = new Array<PublishResult>(events)
    this.#left = events
    this.all = new Promise((resolve) => {
      this.#resolve = resolve
    })
    if (events === 0) this.#resolve(this.#results)
  }

  /** Event `number` is in the log, at this place, or surely not. */
  heard(number: number, event: LogEvent, at: Location | null, error: unknown): void {
    if (at === null) return this.fail(number, error)
    const { counts, groups } = this.#topic
    counts.published++
    if (groups === 0) counts.unrouted++
    this.#give(number, { status: 201, id: event.id, position: formatPosition(at.partition, at.offset), duplicate: false })
  }

  /** Event `number` has the id of one that lies there already. */
  repeat(number: number, event: LogEvent, first: { readonly body: string }, at: Location): void {
    const { counts } = this.#topic
    if (!sameContent(event.body, first.body)) {
      counts.refused++
      return this.fail(number, idReused(event.id, this.#topic.name))
    }
    counts.duplicates++
    this.#give(number, { status: 200, id: event.id, position: formatPosition(at.partition, at.offset), duplicate: true })
  }

  fail(number: number, error: unknown): void {
    const problem = toProblem(error)
    this.#give(number, { status: problem.status, error: problem })
  }

  #give(number: number, result: PublishResult): void {
    this.#results[number] = result
    if (--this.#left === 0) this.#resolve(this.#results)
  }
}

/** Payload by value, version and key: what makes two sendings of one id the same event. */
function sameContent(a: string, b: string): boolean {
  const [left, right] = [JSON.parse(a), JSON.parse(b)]
  return left.version === right.version && left.key === right.key && isDeepStrictEqual(left.payload, right.payload)
}

function idReused(id: string, topic: string): SyncError {
  return new SyncError(
    'id_reused',
    `The id "${id}" was used for other content on ${topic}; nothing was stored. A new event needs a new id; a retry must send the same payload, key and version.`,
  )
}
