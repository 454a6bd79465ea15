import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset, OutgoingEvent } from '../../event.js'
import type { Log } from '../../observe/log.js'
import type { Topic } from '../../publish/topic.js'
import type { Range } from '../../store/store.js'
import { PartitionReader } from '../reading/partition-reader.js'
import type { Lanes } from './lanes.js'

export interface FeedParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  /** For messages. */
  readonly group: string
  readonly topic: Topic
  readonly partition: number
}

/** Who takes up what a feed reads. */
export interface FeedOwner {
  /** Whether more may be read; when it may again, `wantRoom` is called. */
  mayRead(): boolean
  accept(event: OutgoingEvent): void
  gap(first: Offset, last: Offset): void
  /** A batch was accepted. */
  fed(): void
}

/** Events held ready beyond what members asked for: enough that they never wait for the log. */
const maxReady = 256
/** Unsettled events at most: beyond them reading waits, so that the finished-ahead set stays bounded. */
export const maxUnsettled = 8_000
/** Bytes of event text held for one partition: beyond them reading waits. */
const maxHeldBytes = 16 * 1_048_576
/** Deliveries that wait for another try at most: beyond them nothing new is tried. */
const maxWaiting = 4_000
/** A read that failed is tried again so much later. */
const readAgainMs = 1_000

/** Reads one partition into the lanes of one group, no further than there is room, and passes over what was settled before. */
export class Feed {
  readonly #parts: FeedParts
  readonly #lanes: Lanes
  readonly #owner: FeedOwner
  #ahead: readonly Range[]
  #reader: PartitionReader | null = null
  #closed = false
  #roomWanted: (() => void) | null = null

  /** @param ahead settled beyond what the lanes count as read. */
  constructor(lanes: Lanes, ahead: readonly Range[], parts: FeedParts, owner: FeedOwner) {
    this.#lanes = lanes
    this.#ahead = ahead
    this.#parts = parts
    this.#owner = owner
  }

  /** Goes on behind what the lanes have; what is under way in them is not concerned by a read that fails. */
  start(): void {
    if (this.#closed) return
    const reader = new PartitionReader(this.#parts.engine, this.#parts.topic, this.#parts.partition, this.#lanes.lastRead + 1n)
    this.#reader = reader
    this.#run(reader).catch((error: unknown) => {
      if (this.#reader !== reader) return
      reader.close()
      const fields = { group: this.#parts.group, topic: this.#parts.topic.name, error: (error as Error).message }
      this.#parts.log.error(fields, 'Reading for a group ended by a fault; it is tried again.')
      this.#parts.clock.after(readAgainMs, () => {
        if (this.#reader === reader) this.start()
      })
    })
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true
    this.#reader?.close()
    this.#reader = null
    this.#roomWanted?.()
  }

  /** What was settled before and lies beyond what was read. */
  unread(): readonly Range[] {
    return this.#ahead.filter((range) => range.last > this.#lanes.lastRead)
  }

  /** Something was settled or taken: reading may go on. */
  wantRoom(): void {
    if (this.#roomWanted === null || this.#room() <= 0) return
    const wanted = this.#roomWanted
    this.#roomWanted = null
    wanted()
  }

  async #run(reader: PartitionReader): Promise<void> {
    while (this.#reader === reader) {
      while (this.#room() <= 0 && this.#reader === reader) await new Promise<void>((resolve) => (this.#roomWanted = resolve))
      const read = await reader.next(Math.max(1, this.#room()))
      if (read === null || this.#reader !== reader) return
      if ('gap' in read) {
        this.#lanes.skip(read.gap.last)
        this.#owner.gap(read.gap.first, read.gap.last)
        continue
      }
      for (const event of read.events) if (!this.#skipFinished(reader, event.offset)) this.#owner.accept(event)
      this.#owner.fed()
    }
  }

  /** What was settled before the last restart or sleep is passed over, the whole range at once. */
  #skipFinished(reader: PartitionReader, offset: Offset): boolean {
    const passed = this.#ahead.findIndex((range) => offset <= range.last)
    if (passed !== 0) this.#ahead = passed === -1 ? [] : this.#ahead.slice(passed)
    const range = this.#ahead[0]
    if (range === undefined || offset < range.first) return false
    this.#lanes.skip(range.last)
    if (reader.position <= range.last) reader.moveTo(range.last + 1n)
    return true
  }

  #room(): number {
    if (this.#lanes.waitingCount >= maxWaiting || this.#lanes.heldBytes >= maxHeldBytes || !this.#owner.mayRead()) return 0
    return Math.min(maxReady - this.#lanes.readyCount, maxUnsettled - this.#lanes.size)
  }
}
