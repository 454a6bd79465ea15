import { SyncError } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Contract } from '../contracts/contract.js'
import type { Engine, TopicLog } from '../engines/engine.js'
import type { Incarnation, StoredEvent } from '../event.js'
import type { TopicConfig } from '../registry/config.js'
import type { Store } from '../store/store.js'
import { Appends } from './appends.js'
import { AwaitedEvents } from './awaited-events.js'
import { DedupeWindow } from './dedupe/dedupe-window.js'
import type { TopicContract } from './encode.js'
import type { EventFrame } from './outgoing.js'
import { Tail } from './tail.js'

export interface TopicParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly ringBytes: number
  readonly compileContracts: (config: TopicConfig) => ReadonlyMap<number, Contract>
  readonly onFault: (error: Error) => void
}

/**
 * One topic as this node owns it: its contract, the tail of each partition, the dedupe window, and the publishes that
 * wait for the tail.
 */
export class Topic implements TopicContract {
  config: TopicConfig
  contracts: ReadonlyMap<number, Contract>
  readonly incarnation: Incarnation
  readonly window: DedupeWindow
  readonly tails: Tail[] = []
  readonly awaited = new AwaitedEvents()
  readonly appends: Appends
  /** The tail of publishes that must keep their order behind one that is still being checked; null: nothing is. */
  gate: Promise<unknown> | null = null
  /** Events behind the gate, and their bytes. */
  gated = 0
  gatedBytes = 0
  readonly counts = { published: 0, duplicates: 0, refused: 0, unrouted: 0, delivered: 0 }
  /** How many groups take from this topic: kept by delivery. */
  groups = 0
  #ended: SyncError | null = null
  #gone: SyncError | null = null
  readonly #widened = new Set<() => void>()
  readonly #parts: TopicParts
  readonly #frame: { -readonly [K in keyof EventFrame]: EventFrame[K] }

  private constructor(config: TopicConfig, incarnation: Incarnation, window: DedupeWindow, parts: TopicParts) {
    this.config = config
    this.contracts = parts.compileContracts(config)
    this.incarnation = incarnation
    this.window = window
    this.#parts = parts
    this.appends = new Appends({ ...parts, topic: config.name, awaited: this.awaited })
    this.#frame = { topic: config.name, qos: config.qos, retentionMs: config.retentionMs }
  }

  /** Creates the topic's log where it is new, and catches up with it: ready when every event there is known to the dedupe window. */
  static async open(config: TopicConfig, parts: TopicParts): Promise<Topic> {
    const incarnation = await parts.engine.ensureTopic(topicLog(config))
    const window = await DedupeWindow.open({
      topic: config.name,
      incarnation,
      partitions: config.partitions,
      windowMs: config.dedupeWindowMs,
      store: parts.store,
      clock: parts.clock,
    })
    const topic = new Topic(config, incarnation, window, parts)
    await topic.#openTails(0)
    return topic
  }

  get name(): string {
    return this.config.name
  }

  get frame(): EventFrame {
    return this.#frame
  }

  /** Takes up a changed configuration: contract, retention, more partitions. */
  async reconfigure(config: TopicConfig): Promise<void> {
    const contracts = this.#parts.compileContracts(config)
    await this.#parts.engine.ensureTopic(topicLog(config))
    this.config = config
    this.contracts = contracts
    this.#frame.qos = config.qos
    this.#frame.retentionMs = config.retentionMs
    this.window.reconfigure({ windowMs: config.dedupeWindowMs })
    const before = this.tails.length
    await this.#openTails(before)
    if (this.tails.length > before) for (const heard of this.#widened) heard()
  }

  /** Calls `heard` whenever partitions have come. Answers how to stop. */
  onWidened(heard: () => void): () => void {
    this.#widened.add(heard)
    return () => this.#widened.delete(heard)
  }

  /** Why nothing can be stored any more; null while all is well. */
  get ended(): SyncError | null {
    return this.#ended
  }

  /** What readers and members are told once it was removed from the registry; null: it was not. */
  get gone(): SyncError | null {
    return this.#gone
  }

  /** Closes it for good: the registry names it no longer. Whoever follows it hears why. */
  remove(why: SyncError): Promise<void> {
    this.#gone = why
    return this.close()
  }

  /** Publishes that still wait are answered: whether they are stored, their retry will tell. */
  async close(): Promise<void> {
    this.#end(new SyncError('shutting_down', `The topic ${this.name} is no longer served here.`), 'The bus stopped serving it')
    await Promise.all(this.tails.map((tail) => tail.close()))
    await this.window.close()
  }

  async #openTails(from: number): Promise<void> {
    const spans = await this.#parts.engine.span(this.name)
    for (let partition = from; partition < spans.length; partition++) {
      const span = spans[partition]!
      const fed = this.window.next[partition] ?? 0n
      const tail = new Tail(
        {
          engine: this.#parts.engine,
          topic: this.name,
          partition,
          frame: this.#frame,
          ringBytes: this.#parts.ringBytes,
          onEvent: (event) => this.#saw(partition, event),
          onFault: (error) => {
            this.#end(new SyncError('storage_failed', `The log of ${this.name} cannot be read: ${error.message}`), 'Its log cannot be read')
            this.#parts.onFault(error)
          },
        },
        fed > span.first ? fed : span.first,
      )
      this.tails.push(tail)
      tail.start()
      if (span.next !== undefined) await tail.reach(span.next)
    }
  }

  #end(why: SyncError, words: string): void {
    this.#ended ??= why
    const unknown = new SyncError(
      'unknown_outcome',
      `${words}; whether the event on ${this.name} is stored is not known. Publish it again with the same id.`,
    )
    for (const awaited of this.awaited.all()) awaited.fail(unknown)
    this.awaited.clear()
  }

  #saw(partition: number, event: StoredEvent): void {
    const at = { partition, offset: event.offset }
    this.window.add(event.source, event.id, at, event.received)
    this.awaited.take(event.source, event.id)?.show(at)
  }
}

function topicLog(config: TopicConfig): TopicLog {
  return {
    name: config.name,
    partitions: config.partitions,
    retentionMs: config.retentionMs,
    ...(config.maxBytes === null ? {} : { maxBytes: config.maxBytes }),
  }
}
