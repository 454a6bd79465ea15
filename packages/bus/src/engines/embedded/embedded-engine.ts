import { SyncError } from '@hms-sync/client'
import type { Incarnation, LogEvent, Offset } from '../../event.js'
import type { Value } from '../../sqlite/driver.js'
import type { Sqlite } from '../../sqlite/open-sqlite.js'
import { type Batch, type Capabilities, type Engine, Gone, type Span, type TopicLog } from '../engine.js'
import { eitherSignal } from './either-signal.js'
import { follow } from './follow.js'
import { FreshEvent } from './fresh-event.js'
import { firstFrom, locate } from './locate.js'
import type { Partition } from './partition.js'
import { prepareReads, prepareWrites, type Reads, type Writes } from './schema.js'
import { Tail } from './tail.js'
import { loadTopics, maxPartitions, Numbers, planTopic, type Topic } from './topics.js'
import { trim } from './trim.js'

export interface EmbeddedOptions {
  /** Newest events kept in memory for those who follow, over all partitions. Default 1 MiB. */
  readonly tailBytes?: number
}

/**
 * The log in one SQLite file. This process is the only owner, so positions are given out here, without asking anyone; they
 * become visible when the writer has synced them.
 */
export class EmbeddedEngine implements Engine {
  readonly can: Capabilities
  readonly #sqlite: Sqlite
  readonly #writes: Writes
  readonly #reads: Reads
  readonly #topics: Map<string, Topic>
  readonly #numbers: Numbers
  readonly #tail: Tail
  readonly #closing = new AbortController()
  readonly #touched = new Set<Partition>()
  readonly #stopHearing: () => void
  /** Changes of topics take turns. */
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(sqlite: Sqlite, writes: Writes, reads: Reads, topics: Map<string, Topic>, tailBytes: number) {
    const durability = sqlite.settings.synchronous === 'full' ? 'power' : 'process'
    this.can = { name: 'embedded', durability, trimsOnRequest: true, knowsEnd: true, maxPartitions }
    this.#sqlite = sqlite
    this.#writes = writes
    this.#reads = reads
    this.#topics = topics
    this.#numbers = new Numbers(topics.values())
    this.#tail = new Tail(tailBytes)
    this.#stopHearing = sqlite.writer.onCommitted(() => this.#publishFresh())
  }

  /** @throws SyncError `storage_failed`, `disk_full`. */
  static async open(sqlite: Sqlite, options: EmbeddedOptions = {}): Promise<EmbeddedEngine> {
    const writes = prepareWrites(sqlite.writer)
    const reads = prepareReads(sqlite.reader)
    await sqlite.writer.commit({ steps: writes.tables.map((statement) => ({ statement, values: [] })), grows: false, bytes: 0 })
    return new EmbeddedEngine(sqlite, writes, reads, await loadTopics(sqlite.reader, reads), options.tailBytes ?? 1024 * 1024)
  }

  ensureTopic(topic: TopicLog): Promise<Incarnation> {
    const change = this.#changing.then(() => this.#ensureTopic(topic))
    this.#changing = change.catch(() => {})
    return change
  }

  async #ensureTopic(wanted: TopicLog): Promise<Incarnation> {
    const { topic, job } = planTopic(wanted, this.#topics.get(wanted.name), this.#numbers, this.#writes)
    if (job !== null) {
      await this.#sqlite.writer.commit(job)
      this.#topics.set(wanted.name, topic)
    }
    return topic.incarnation
  }

  /** @throws SyncError as the port says; `unknown_topic` for one that was not ensured; `shutting_down`. */
  append(topic: string, partition: number, events: readonly LogEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(new SyncError('shutting_down', 'The engine is closing.'))
      const target = this.#topics.get(topic)?.partitions[partition]
      if (target === undefined)
        return reject(new SyncError('unknown_topic', `The log has no topic ${topic} with a partition ${partition}.`))
      if (events.length === 0) return resolve()
      this.#append(target, events, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  #append(partition: Partition, events: readonly LogEvent[], settled: (error: SyncError | null) => void): void {
    const { next: first, received } = partition
    const { values, bytes } = place(partition, events)
    const behind = partition.next
    this.#sqlite.writer.write(
      {
        steps: [{ statement: this.#writes.event, values }],
        tally: { statement: this.#writes.count, key: partition.log, amounts: [events.length, bytes] },
        grows: true,
        bytes: bytes + events.length * 100,
      },
      (error) => {
        if (error === null) {
          addFresh(partition, events, { first, received })
          partition.events += events.length
          partition.bytes += bytes
          this.#touched.add(partition)
        } else if (partition.next === behind && error.code !== 'unknown_outcome') {
          partition.next = first
        }
        settled(error)
      },
    )
  }

  /** After each commit: what it made durable becomes visible, and who waited for it wakes. */
  #publishFresh(): void {
    for (const partition of this.#touched) {
      const events = partition.fresh
      partition.fresh = []
      this.#tail.add(partition, events)
      partition.end = Number(events.at(-1)!.offset) + 1
      partition.wake()
    }
    this.#touched.clear()
  }

  async *read(topic: string, partition: number, from: Offset, signal: AbortSignal, first?: number): AsyncGenerator<Batch, void, undefined> {
    if (this.#closing.signal.aborted) return
    const followed = { partition: this.#partition(topic, partition), tail: this.#tail, reader: this.#sqlite.reader, reads: this.#reads }
    const either = eitherSignal(signal, this.#closing.signal)
    try {
      yield* follow({ ...followed, signal: either.signal, first }, from)
    } finally {
      either.release()
    }
  }

  async locate(topic: string, partition: number, timeMs: number): Promise<Offset> {
    return BigInt(await locate(this.#partition(topic, partition), timeMs, this.#sqlite.reader, this.#reads))
  }

  async span(topic: string): Promise<readonly Span[]> {
    const found = this.#topics.get(topic)
    if (found === undefined) throw new Gone(`The log has no topic ${topic}.`)
    return Promise.all(found.partitions.map((partition) => this.#span(partition)))
  }

  async #span(partition: Partition): Promise<Span> {
    const { first, end, events, bytes } = partition
    const span = { partition: partition.partition, first: BigInt(first), next: BigInt(end), events, bytes }
    const oldest = events === 0 ? null : await firstFrom(partition, first, this.#sqlite.reader, this.#reads)
    return oldest === null ? span : { ...span, firstReceived: oldest.received }
  }

  async trim(topic: string, partition: number, before: Offset, signal: AbortSignal): Promise<number> {
    const target = this.#partition(topic, partition)
    const { writer, reader } = this.#sqlite
    const parts = { writer, writes: this.#writes, reader, reads: this.#reads }
    const either = eitherSignal(signal, this.#closing.signal)
    const turn = target.trimming.then(() => trim(target, before, either.signal, parts)).finally(either.release)
    target.trimming = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#changing
    // The writer answers in order: when this is done, so are all appends before it.
    await this.#sqlite.writer.commit({ steps: [], grows: false, bytes: 0 }).catch(() => {})
    this.#stopHearing()
  }

  #partition(topic: string, partition: number): Partition {
    const found = this.#topics.get(topic)?.partitions[partition]
    if (found === undefined) throw new Gone(`The log has no topic ${topic} with a partition ${partition}.`)
    return found
  }
}

/** Gives positions to events and lays out their rows. */
function place(partition: Partition, events: readonly LogEvent[]): { readonly values: Value[]; readonly bytes: number } {
  const values: Value[] = []
  let bytes = 0
  for (const event of events) {
    partition.received = Math.max(event.received, partition.received)
    const { body } = event
    bytes += event.bodyBytes ?? Buffer.byteLength(body)
    values.push(partition.log, partition.next++, partition.received, event.id, event.source, event.key, body)
  }
  return { values, bytes }
}

/**
 * Events that have become durable, as readers see them; `before` is what `place` began with. They are made now: what is
 * made before waits for the disk, and is copied by each collection.
 */
function addFresh(partition: Partition, events: readonly LogEvent[], before: { readonly first: number; readonly received: number }): void {
  let { first: position, received } = before
  for (const event of events) {
    received = Math.max(event.received, received)
    partition.fresh.push(new FreshEvent(event, received, position++))
  }
}
