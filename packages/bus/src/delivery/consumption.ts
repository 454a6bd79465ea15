import type { Clock } from '../clock.js'
import type { Engine } from '../engines/engine.js'
import type { Offset, OutgoingEvent } from '../event.js'
import type { Log } from '../observe/log.js'
import { Outgoing } from '../publish/outgoing.js'
import { readFirst } from '../publish/read-event.js'
import type { Topic } from '../publish/topic.js'
import type { Progress, Range, Store } from '../store/store.js'
import { pauseMs, type Schedule } from './backoff.js'
import { type Entry, Lanes } from './lanes.js'
import { PartitionReader } from './partition-reader.js'
import type { Moving, ProgressWriter } from './progress-writer.js'
import { Tries } from './tries.js'

export interface ConsumptionParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly progress: ProgressWriter
}

/** What a consumption tells its group. */
export interface ConsumptionOwner {
  readonly name: string
  /** Something is ready to go out. */
  dispatch(): void
  gap(topic: Topic, partition: number, first: Offset, last: Offset): void
}

/** Events held ready beyond what members asked for: enough that they never wait for the log. */
const maxReady = 256
/** Unsettled events at most: beyond them reading waits, so that the finished-ahead set stays bounded. */
export const maxUnsettled = 8_000
/** Bytes of event text held for one partition: beyond them reading waits. */
const maxHeldBytes = 16 * 1_048_576
/** Deliveries that wait for another try at most: beyond them nothing new is tried. */
const maxWaiting = 1_000
/** A read that failed is tried again so much later. */
const readAgainMs = 1_000
/** After so many failures with no success between, the receiver is taken for out of reach: one delivery at a time tries it. */
const outOfReachAfter = 16

/**
 * One group's way through one partition: reads, keeps order per key, remembers what is settled. Asleep while nobody is
 * there to take anything: then it holds its place and nothing else.
 */
export class Consumption implements Moving {
  readonly topic: Topic
  readonly partition: number
  readonly counts = { delivered: 0, failed: 0 }
  lastError: { readonly at: number; readonly reason: string } | null = null
  inFlight = 0
  readonly #owner: ConsumptionOwner
  readonly #parts: ConsumptionParts
  #cursor: Offset
  #ahead: readonly Range[]
  #lanes: Lanes | null = null
  #reader: PartitionReader | null = null
  readonly #tries: Tries
  #failuresInRow = 0
  #roomWanted: (() => void) | null = null

  constructor(
    owner: ConsumptionOwner,
    topic: Topic,
    partition: number,
    at: { readonly cursor: Offset; readonly ahead: readonly Range[] },
    parts: ConsumptionParts,
  ) {
    this.#owner = owner
    this.topic = topic
    this.partition = partition
    this.#cursor = at.cursor
    this.#ahead = at.ahead
    this.#parts = parts
    this.#tries = new Tries({ group: owner.name, topic: topic.name, partition }, parts.clock)
  }

  /** Nothing below it is owed to the group. */
  get cursor(): Offset {
    return this.#lanes?.progress().cursor ?? this.#cursor
  }
  get retrying(): number {
    return this.#lanes?.waitingCount ?? this.#tries.size
  }
  get awake(): boolean {
    return this.#lanes !== null
  }

  place(): Progress {
    return {
      group: this.#owner.name,
      topic: this.topic.name,
      partition: this.partition,
      incarnation: this.topic.incarnation,
      ...this.#settled(),
    }
  }

  progressChange() {
    return { kind: 'progress', progress: this.place() } as const
  }

  /** Begins to read; repeatable. */
  wake(): void {
    if (this.#lanes !== null) return
    this.#lanes = new Lanes(this.#cursor - 1n)
    this.#read(this.#lanes)
  }

  /** Forgets all but its place: what was in flight will be read again. Repeatable. */
  sleep(): void {
    if (this.#lanes === null) return
    const { cursor, ahead } = this.#settled()
    this.#cursor = cursor
    this.#ahead = ahead
    this.#reader?.close()
    this.#reader = null
    this.#lanes = null
    this.inFlight = 0
    this.#tries.endWaits()
    this.#roomWanted?.()
  }

  /** Sleeps, and starts from another place at the next `wake`. */
  moveTo(cursor: Offset): void {
    this.sleep()
    this.#cursor = cursor
    this.#ahead = []
    this.#tries.reset()
    this.#failuresInRow = 0
  }

  /** The next delivery to go out; null: none. A receiver out of reach gets one at a time. */
  take(): Entry | null {
    if (this.#lanes === null || (this.#failuresInRow >= outOfReachAfter && this.inFlight > 0)) return null
    const entry = this.#lanes.take()
    if (entry !== null) this.inFlight++
    this.#wantRoom()
    return entry
  }

  /** Applied. Resolves when durable. */
  done(entry: Entry): Promise<void> {
    this.inFlight--
    this.counts.delivered++
    this.topic.counts.delivered++
    // A receiver that was out of reach answers again: what waited for it need not wait longer.
    if (this.#failuresInRow >= outOfReachAfter) for (const waiting of this.#tries.endWaits()) this.#lanes!.release(waiting)
    this.#failuresInRow = 0
    const next = this.#lanes!.finish(entry)
    if (next !== null) this.#makeReady(next)
    this.#wantRoom()
    return this.#parts.progress.write(this, this.#tries.settled(entry.offset))
  }

  /** A try that counts and failed: again after `delayMs`, or by `schedule`. Resolves when durable. */
  failed(entry: Entry, reason: string, again: { readonly delayMs: number } | { readonly schedule: Schedule }): Promise<void> {
    this.inFlight--
    this.counts.failed++
    this.#failuresInRow++
    this.lastError = { at: this.#parts.clock.now(), reason }
    entry.attempts++
    const delayMs = 'delayMs' in again ? again.delayMs : pauseMs(again.schedule, entry.attempts)
    const change = this.#tries.failed(entry, delayMs, reason)
    if (delayMs === 0) this.#lanes!.release(entry)
    else this.#wait(entry, delayMs)
    return this.#parts.progress.write(this, change)
  }

  /** Not tried, or its try does not count: first in line again. */
  handBack(entries: readonly Entry[]): void {
    if (this.#lanes === null) return
    this.inFlight -= entries.length
    this.#lanes.handBack(entries)
  }

  /** Goes on behind what the lanes have; what is under way in them is not concerned by a read that fails. */
  #read(lanes: Lanes): void {
    const reader = new PartitionReader(this.#parts.engine, this.topic, this.partition, lanes.lastRead + 1n)
    this.#reader = reader
    this.#feed(lanes, reader).catch((error: unknown) => {
      if (this.#reader !== reader) return
      reader.close()
      const fields = { group: this.#owner.name, topic: this.topic.name, error: (error as Error).message }
      this.#parts.log.error(fields, 'Reading for a group ended by a fault; it is tried again.')
      this.#parts.clock.after(readAgainMs, () => {
        if (this.#reader === reader) this.#read(lanes)
      })
    })
  }

  async #feed(lanes: Lanes, reader: PartitionReader): Promise<void> {
    await this.#tries.load(this.#parts.store)
    while (this.#reader === reader) {
      while (this.#room(lanes) <= 0 && this.#reader === reader) await new Promise<void>((resolve) => (this.#roomWanted = resolve))
      const read = await reader.next(Math.max(1, this.#room(lanes)))
      if (read === null || this.#reader !== reader) return
      if ('gap' in read) {
        lanes.skip(read.gap.last)
        this.#parts.progress.note(this)
        this.#owner.gap(this.topic, this.partition, read.gap.first, read.gap.last)
        continue
      }
      for (const event of read.events) if (!this.#skipFinished(lanes, reader, event.offset)) this.#accept(lanes, event)
      this.#owner.dispatch()
    }
  }

  /** What the lanes know, and what was settled before the last restart beyond what they have read. */
  #settled(): { readonly cursor: Offset; readonly ahead: readonly Range[] } {
    if (this.#lanes === null) return { cursor: this.#cursor, ahead: this.#ahead }
    const { cursor, ahead } = this.#lanes.progress()
    const unread = this.#ahead.filter((range) => range.last > this.#lanes!.lastRead)
    return { cursor, ahead: unread.length === 0 ? ahead : [...ahead, ...unread] }
  }

  /** What was settled before the last restart or sleep is passed over, the whole range at once. */
  #skipFinished(lanes: Lanes, reader: PartitionReader, offset: Offset): boolean {
    const passed = this.#ahead.findIndex((range) => offset <= range.last)
    if (passed !== 0) this.#ahead = passed === -1 ? [] : this.#ahead.slice(passed)
    const range = this.#ahead[0]
    if (range === undefined || offset < range.first) return false
    lanes.skip(range.last)
    if (reader.position <= range.last) reader.moveTo(range.last + 1n)
    return true
  }

  #accept(lanes: Lanes, event: OutgoingEvent): void {
    const { attempts, delayMs } = this.#tries.of(event.offset)
    const entry = lanes.accept(event, attempts, delayMs > 0)
    if (entry.state === 'waiting') this.#tries.wait(entry, delayMs, () => this.#due(entry))
  }

  #room(lanes: Lanes): number {
    if (lanes.waitingCount >= maxWaiting || lanes.heldBytes >= maxHeldBytes) return 0
    return Math.min(maxReady - lanes.readyCount, maxUnsettled - lanes.size)
  }

  #wantRoom(): void {
    if (this.#roomWanted === null || this.#lanes === null || this.#room(this.#lanes) <= 0) return
    const wanted = this.#roomWanted
    this.#roomWanted = null
    wanted()
  }

  #wait(entry: Entry, delayMs: number): void {
    this.#lanes!.postpone(entry)
    this.#tries.wait(entry, delayMs, () => this.#due(entry))
  }

  #due(entry: Entry): void {
    this.#lanes!.release(entry)
    this.#wantRoom()
    this.#owner.dispatch()
  }

  /** A blocked event whose turn has come; its text is read again if it was let go. */
  #makeReady(entry: Entry): void {
    if (entry.event !== null) {
      this.#lanes!.release(entry)
      return
    }
    const lanes = this.#lanes!
    readFirst(this.#parts.engine, this.topic.name, this.partition, entry.offset, new AbortController()).then(
      (stored) => {
        if (this.#lanes !== lanes) return
        if (stored[0]?.offset !== entry.offset) {
          this.#lost(entry)
          return
        }
        lanes.refill(
          entry,
          stored.map((event) => new Outgoing(this.topic.frame, this.partition, event)),
        )
        lanes.release(entry)
        this.#owner.dispatch()
      },
      (error: unknown) => {
        this.lastError = { at: this.#parts.clock.now(), reason: (error as Error).message }
        this.#parts.clock.after(readAgainMs, () => {
          if (this.#lanes === lanes) this.#makeReady(entry)
        })
      },
    )
  }

  /** Trimmed while it waited behind its key: a gap of one. */
  #lost(entry: Entry): void {
    this.#owner.gap(this.topic, this.partition, entry.offset, entry.offset)
    const next = this.#lanes!.finish(entry)
    this.#parts.progress.note(this)
    if (next !== null) this.#makeReady(next)
    this.#wantRoom()
    this.#owner.dispatch()
  }
}
