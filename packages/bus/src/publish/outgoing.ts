import type { Qos } from '@hms-sync/client'
import { formatPosition, type Offset, type OutgoingEvent, type StoredEvent } from '../event.js'

/** What a topic adds to each of its events on the way out. May change under traffic, so it is looked up when an event is encoded. */
export interface EventFrame {
  readonly topic: string
  readonly qos: Qos
  readonly retentionMs: number
}

/** A stored event on its way out. Its wire text is written once, when the first reader asks for it, and shared by all. */
export class Outgoing implements OutgoingEvent {
  readonly #frame: EventFrame
  /** Let go of when the wire text is made: an event that waits for hours must not keep what it was read with. */
  #stored: StoredEvent | null
  readonly partition: number
  readonly offset: Offset
  readonly key: string | null
  readonly id: string
  readonly source: string
  readonly received: number
  #wire = ''

  constructor(frame: EventFrame, partition: number, stored: StoredEvent) {
    this.#frame = frame
    this.#stored = stored
    this.partition = partition
    this.offset = stored.offset
    this.key = stored.key
    this.id = stored.id
    this.source = stored.source
    this.received = stored.received
  }

  get topic(): string {
    return this.#frame.topic
  }
  /** The same, with its text made and what it was read from let go. */
  written(): this {
    void this.wire
    return this
  }

  get wire(): string {
    if (this.#stored === null) return this.#wire
    this.#wire =
      `${this.#stored.body.slice(0, -1)},"qos":"${this.#frame.qos}","replayable_until":"${timeText(this.received + this.#frame.retentionMs, 1)}",` +
      `"position":"${formatPosition(this.partition, this.offset)}","received":"${timeText(this.received, 0)}"}`
    this.#stored = null
    return this.#wire
  }
}

/** Events come many to the millisecond: the last text of each of the two kinds of time is kept. */
const lastMs = [Number.NaN, Number.NaN]
const lastText = ['', '']

function timeText(ms: number, kind: 0 | 1): string {
  if (lastMs[kind] !== ms) {
    lastMs[kind] = ms
    lastText[kind] = new Date(ms).toISOString()
  }
  return lastText[kind]!
}
