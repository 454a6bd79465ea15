import { type ErrorCode, SyncError } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Engine } from '../engines/engine.js'
import type { LogEvent } from '../event.js'
import type { AwaitedEvents } from './awaited-events.js'

export interface AppendsParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly topic: string
  readonly awaited: AwaitedEvents
  /** The storage failed for good, or may have: nothing more is to be accepted. */
  readonly onFault: (error: Error) => void
}

const faults: ReadonlySet<ErrorCode> = new Set(['storage_failed', 'unknown_outcome'])
/** Events in one append: what one commit of the embedded engine takes. */
const maxAppend = 512
/** Events that make a commit of their own worth its sync while more are coming. */
const worthACommit = 32
/** Appends under way that keep the disk busy: one in its commit, one at hand. */
const enoughUnderWay = 2
/** How long the tail may take to show an event whose append has an unknown outcome. */
const unknownOutcomeMs = 10_000

/**
 * Events of one topic on their way to the engine. What comes in one turn of the loop travels in one append a partition.
 * A turn that brings many hands over what is enough for a commit as it goes, so that the disk works while the rest is
 * still being read.
 */
export class Appends {
  readonly #parts: AppendsParts
  /** Of this turn, not handed over yet, by partition. */
  readonly #gathered = new Map<number, LogEvent[]>()
  #count = 0
  #underWay = 0
  #scheduled = false

  constructor(parts: AppendsParts) {
    this.#parts = parts
  }

  /** Takes an event, in order within its partition. `send` must follow the last one of a call. */
  add(partition: number, event: LogEvent): void {
    const events = this.#gathered.get(partition)
    if (events === undefined) this.#gathered.set(partition, [event])
    else if (events.push(event) === maxAppend) this.#handOver(partition, events)
    this.#count++
  }

  /** Sends what was added: now when it is worth it, else with all that this turn of the loop brings. */
  send(): void {
    if (this.#count >= worthACommit && this.#underWay < enoughUnderWay) this.#sendAll()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#sendAll()
      })
    }
  }

  #sendAll(): void {
    for (const [partition, events] of this.#gathered) this.#handOver(partition, events)
    this.#count = 0
  }

  #handOver(partition: number, events: readonly LogEvent[]): void {
    this.#gathered.delete(partition)
    this.#underWay++
    const { engine, topic } = this.#parts
    engine.append(topic, partition, events).then(
      () => this.#underWay--,
      (error: unknown) => {
        this.#underWay--
        this.#failed(events, error)
      },
    )
  }

  #failed(events: readonly LogEvent[], error: unknown): void {
    const { awaited, clock, onFault } = this.#parts
    const fail = () => {
      for (const event of events) {
        if (awaited.get(event.source, event.id)?.event === event) awaited.take(event.source, event.id)!.fail(error)
      }
    }
    if (error instanceof SyncError && faults.has(error.code)) onFault(error)
    // An event whose append has an unknown outcome may still show up in the tail; that decides.
    if (error instanceof SyncError && error.code === 'unknown_outcome') clock.after(unknownOutcomeMs, fail)
    else fail()
  }
}
