import type { Clock, Timer } from '../clock.js'
import type { Engine, Span } from '../engines/engine.js'
import type { Offset } from '../event.js'
import type { Log } from '../observe/log.js'
import type { Notices } from '../observe/notices.js'
import type { Topic } from '../publish/topic.js'
import type { HistoryLimits } from '../registry/config.js'
import type { Store } from '../store/store.js'
import { forcedOutNotice, owedNearLimitNotice } from './delivery-notices.js'
import { trimHistory } from './history/trim-history.js'

export interface RetentionParts {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  readonly notices: Notices
  readonly store: Store
  readonly history: HistoryLimits
  readonly topics: () => Iterable<Topic>
  /** The first offset of each partition that some group has not settled. */
  readonly owed: (topic: Topic) => readonly (Offset | null)[]
}

const everyMs = 30_000
/** From this part of `maxBytes` on, a topic that is full of owed events is told of. */
const nearLimit = 0.9

/**
 * Forgets what is older than its topic's retention and owed to nobody. Only `maxBytes` forces owed events out, and then
 * a notice naming the first and the last of them comes before.
 */
export class Retention {
  readonly #parts: RetentionParts
  readonly #abort = new AbortController()
  #timer: Timer | null = null
  #running: Promise<void> | null = null

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  start(): void {
    if (this.#abort.signal.aborted) return
    this.#timer = this.#parts.clock.after(everyMs, () => {
      this.run()
        .catch((error: unknown) => this.#parts.log.error({ error: (error as Error).message }, 'Trimming failed; it is tried again.'))
        .finally(() => this.start())
    })
  }

  /** One round over all topics; a round under way is joined. */
  run(): Promise<void> {
    this.#running ??= this.#round().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#abort.abort()
    this.#timer?.cancel()
    await this.#running?.catch(() => {})
  }

  async #round(): Promise<void> {
    const { engine, store, history, clock, topics } = this.#parts
    await trimHistory(store, history, clock.now(), this.#abort.signal)
    if (!engine.can.trimsOnRequest) return
    for (const topic of topics()) {
      const spans = await engine.span(topic.name)
      const owed = this.#parts.owed(topic)
      for (const span of spans) {
        if (this.#abort.signal.aborted) return
        await this.#trim(topic, span, owed[span.partition] ?? null)
      }
    }
  }

  async #trim(topic: Topic, span: Span, owed: Offset | null): Promise<void> {
    const { engine, clock } = this.#parts
    const expired = await engine.locate(topic.name, span.partition, clock.now() - topic.config.retentionMs)
    const allowed = owed !== null && owed < expired ? owed : expired
    const forced = this.#overflow(topic, span)
    if (forced > allowed && owed !== null && forced > owed) {
      this.#parts.notices.tell(forcedOutNotice(topic.config, span.partition, owed, forced - 1n))
    } else if (owed !== null) this.#warn(topic, span, owed)
    const before = forced > allowed ? forced : allowed
    if (before > span.first) await engine.trim(topic.name, span.partition, before, this.#abort.signal)
  }

  /** How far `maxBytes`, shared evenly by the partitions, forces the log up; events are taken to be of one size. */
  #overflow(topic: Topic, span: Span): Offset {
    const share = shareOf(topic)
    if (span.bytes === undefined || span.next === undefined || span.bytes <= share) return span.first
    const excess = 1 - share / span.bytes
    return span.first + BigInt(Math.ceil(Number(span.next - span.first) * excess))
  }

  /** Owed events hold the log near its limit: soon the oldest of them have to go. */
  #warn(topic: Topic, { partition, bytes = 0, next }: Span, owed: Offset): void {
    const share = shareOf(topic)
    if (next === undefined || owed >= next || bytes < share * nearLimit) return
    this.#parts.notices.tell(owedNearLimitNotice(topic.config, partition, owed, next - 1n))
  }
}

/** What `maxBytes` leaves to each partition. */
function shareOf({ config: { maxBytes, partitions } }: Topic): number {
  return maxBytes === null ? Number.POSITIVE_INFINITY : maxBytes / partitions
}
