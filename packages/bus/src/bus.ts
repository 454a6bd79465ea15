/**
 * Puts the parts together and decides nothing: the way in is `publish/`, the way out is `delivery/`.
 * Everything outside (server, sessions, adapters, CLI's serve) speaks to the bus through this class alone.
 */
import { type DeliveryPolicy, type GroupInfo, type PublishResult, type SettleResult, SyncError, type TopicInfo } from '@hms-sync/client'
import type { BusParts } from './bus-parts.js'
import { ChosenTopics } from './delivery/groups/chosen-topics.js'
import type { GroupCounts } from './delivery/groups/group-counts.js'
import { Groups } from './delivery/groups/groups.js'
import { LagWatch } from './delivery/groups/lag-watch.js'
import { DeliveryOperations } from './delivery/operations/delivery-operations.js'
import { type ReadBatch, type ReadOptions, read } from './delivery/reading/read.js'
import type { Membership, Receiver, Settlement } from './delivery/receiver.js'
import { Retention } from './delivery/retention.js'
import { readPolicy } from './delivery/targets/policy.js'
import type { Durability } from './engines/engine.js'
import { NoticeWindows } from './observe/notice-windows.js'
import type { Notice, Notices } from './observe/notices.js'
import type { Incoming } from './publish/incoming.js'
import { type PublishParts, publish } from './publish/publish.js'
import type { Topic } from './publish/topic.js'
import { isBuiltIn } from './registry/built-in-topics.js'
import type { Project, TopicConfig } from './registry/config.js'
import type { PlannedChange } from './registry/plan.js'
import { checkName, type Principal } from './security/principal.js'
import { describeTopic } from './topics/describe-topic.js'
import { NoticePublisher } from './topics/notice-publisher.js'
import { Topics } from './topics/topics.js'

export interface JoinOptions {
  readonly group: string
  /** Names and patterns; null: every topic that the principal may read. What a pattern or null takes in may come later. */
  readonly topics: readonly string[] | null
  /** Also the topics that list the group under `consumers`, and when none does, all without such a list. */
  readonly declared?: boolean
  /** Where a new group starts: `now` (default), `all`, or a duration. */
  readonly from?: string
  /** Default 30,000. */
  readonly ackTimeoutMs?: number
  readonly qos?: string
  /** How its deliveries are treated; members of one group ask for the same, and the latest counts. */
  readonly policy?: DeliveryPolicy
}

export type { BusParts, GroupCounts, PlannedChange, ReadBatch, ReadOptions }

const defaultAckTimeoutMs = 30_000

export class SyncBus {
  readonly parts: BusParts
  readonly durability: Durability
  /** What an operator should hear of, from this node’s rooms. */
  readonly notices: Notices
  readonly #noticeWindows: NoticeWindows
  readonly #wayIn: PublishParts
  readonly #topics: Topics
  readonly #groups: Groups
  readonly #retention: Retention
  /** What operators ask of deliveries. */
  readonly operations: DeliveryOperations
  readonly #lagWatch: LagWatch
  #fault: string | null = null
  #draining = false
  #closing: Promise<void> | null = null

  private constructor(parts: BusParts) {
    this.parts = parts
    this.durability = parts.engine.can.durability
    this.#wayIn = { engine: parts.engine, clock: parts.clock }
    const { windowMs, lag } = parts.project.config.notices
    const publishNotice = (notice: Notice, unsaid: number) => publisher.publish(notice, unsaid)
    this.#noticeWindows = new NoticeWindows({ ...parts, windowMs, publish: publishNotice })
    this.notices = this.#noticeWindows
    this.#groups = new Groups({ ...parts, notices: this.notices })
    this.#topics = new Topics(parts, this.#groups, (error) => this.#failed(error))
    this.operations = new DeliveryOperations({ ...parts, groups: this.#groups, topics: this.#topics })
    const publisher = new NoticePublisher({ ...parts, wayIn: this.#wayIn, topics: this.#topics, groups: this.#groups })
    const owed = (topic: Topic) => this.#groups.owed(topic)
    const { history } = parts.project.config
    this.#retention = new Retention({ ...parts, history, notices: this.notices, topics: () => this.#topics.all(), owed })
    this.#lagWatch = new LagWatch({ ...parts, notices: this.notices, limit: lag, groups: () => this.#groups.describe() })
  }

  /**
   * Opens every topic, catches up with the log, and takes up the groups. Ready when it resolves.
   * @throws SyncError `change_refused` when the registry on disk would lose data that is there, `storage_failed`, `data_version`.
   */
  static async open(parts: BusParts, acceptLoss: readonly string[] = []): Promise<SyncBus> {
    const bus = new SyncBus(parts)
    await bus.#topics.open(parts.project, acceptLoss)
    bus.#retention.start()
    bus.#lagWatch.start()
    return bus
  }

  /** The topics as applied now. */
  topicConfigs(): readonly TopicConfig[] {
    return this.#topics.all().map((topic) => topic.config)
  }

  /**
   * Stores events on one topic; one result each, in order, after they are durable.
   * @throws SyncError `unknown_topic`, `invalid_request` for a topic of the bus itself, `shutting_down`, `overloaded`: none was stored.
   */
  publish(principal: Principal, topic: string, events: readonly Incoming[]): Promise<readonly PublishResult[]> {
    // No async function here and below: each would add turns of the microtask queue to every event.
    try {
      this.#checkOpen()
      if (this.#fault !== null) throw new SyncError('storage_failed', `The bus takes no events: ${this.#fault}`)
      if (isBuiltIn(topic)) throw ofTheBus(topic)
      const known = this.#topics.ready(topic)
      if (known !== undefined) return publish(this.#wayIn, known, principal, events)
      return this.#topics.atFirstPublish(topic).then((made) => publish(this.#wayIn, made, principal, events))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Joins a group as one of its members. A group that is new starts at `from`. @throws SyncError `unknown_topic`, `qos_mismatch`, `invalid_request`. */
  async join(_principal: Principal, options: JoinOptions, receiver: Receiver): Promise<Membership> {
    this.#checkOpen()
    const group = checkName(options.group, 'group')
    const policy = readPolicy(options.policy)
    const chosen = new ChosenTopics(group, options, this.topicConfigs())
    for (const name of chosen.named) this.#topics.get(name)
    const topics = this.#topics.all().filter(({ config }) => chosen.takes(config))
    const other = topics.find((topic) => options.qos !== undefined && options.qos !== topic.config.qos)
    if (other !== undefined) {
      throw new SyncError(
        'qos_mismatch',
        `The topic ${other.name} is ${other.config.qos}; a subscription cannot ask for ${String(options.qos).slice(0, 40)}. Leave qos out.`,
      )
    }
    for (const topic of topics) await this.#groups.declare(group, topic, options.from ?? 'now')
    this.#checkOpen()
    // One that was removed meanwhile has told its members already; this one would wait for ever.
    for (const name of chosen.named) this.#topics.get(name)
    return this.#groups.join(group, chosen, options.ackTimeoutMs ?? defaultAckTimeoutMs, receiver, policy)
  }

  /** Settles deliveries of one group. Resolves when durable. Unknown or old tokens answer `expired`. */
  settle(group: string, settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    return this.#groups.settle(group, settlements)
  }

  /**
   * Reads without a group: nothing moves, nothing is settled. The first batch has no events; its `next` is the cursor
   * where reading starts, so that a reader which has seen nothing yet can resume, and an empty page has its `next`.
   * @throws SyncError `unknown_topic`, `invalid_request`, `gone`.
   */
  async *read(_principal: Principal, options: ReadOptions): AsyncGenerator<ReadBatch> {
    this.#checkOpen()
    yield* read(this.parts.engine, this.parts.clock, this.#topics.get(options.topic), options)
  }

  async topics(_principal: Principal): Promise<readonly TopicInfo[]> {
    return Promise.all(this.#topics.all().map((topic) => describeTopic(topic, this.parts.engine, this.#groups.of(topic))))
  }

  /** @throws SyncError `unknown_topic`. */
  async topic(_principal: Principal, name: string): Promise<TopicInfo> {
    const topic = this.#topics.get(name)
    return describeTopic(topic, this.parts.engine, this.#groups.of(topic))
  }

  groups(): Promise<readonly GroupInfo[]> {
    return this.#groups.describe()
  }

  /** What each group did since the bus started. */
  deliveryCounts(): readonly GroupCounts[] {
    return this.#groups.counts()
  }

  /** How often there was something to tell operators, by cause. */
  noticeCounts(): ReadonlyMap<string, number> {
    return this.#noticeWindows.counts()
  }

  /** @throws SyncError `unknown_group`. */
  group(name: string): Promise<GroupInfo> {
    return this.#groups.describeOne(name)
  }

  /** Moves a group's place: `now`, `all`, a duration, an ISO time. In-flight deliveries end. @throws SyncError `unknown_group`, `invalid_request`. */
  async seek(group: string, to: string, topic?: string): Promise<GroupInfo> {
    await this.#groups.seek(group, to, topic)
    return this.#groups.describeOne(group)
  }

  /** Ends what the group is owed. @throws SyncError `unknown_group`; `change_refused` naming the topics whose `consumers` declare it. */
  deleteGroup(group: string, topic?: string): Promise<void> {
    return this.#groups.delete(group, topic)
  }

  /** What `apply` would change, losses named. Changes nothing. */
  async plan(project: Project): Promise<readonly PlannedChange[]> {
    return this.#topics.plan(project)
  }

  /** Takes up another registry under traffic. @throws SyncError `change_refused` naming every loss not listed in `acceptLoss` (topic names). */
  apply(project: Project, acceptLoss: readonly string[] = []): Promise<readonly PlannedChange[]> {
    return this.#topics.apply(project, acceptLoss)
  }

  /** One round of trimming, now; it runs by itself every half minute. */
  trim(): Promise<void> {
    return this.#retention.run()
  }

  /** Storage failed or closing: not ready, with the reason. */
  health(): { readonly ready: boolean; readonly reason?: string } {
    if (this.#draining) return { ready: false, reason: 'shutting down' }
    return this.#fault === null ? { ready: true } : { ready: false, reason: this.#fault }
  }

  /**
   * The first half of a clean stop: refuses new events and members and hands out nothing, while what is out may still be
   * settled. Resolves when it is, or after `graceMs`; the rest is handed back by `close`. May be called twice.
   */
  drain(graceMs: number): Promise<void> {
    this.#draining = true
    return this.#groups.drain(graceMs)
  }

  /** Refuses new events, hands back deliveries, flushes progress. Leaves engine and store to whoever opened them. May be called twice. */
  close(): Promise<void> {
    this.#draining = true
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#noticeWindows.close()
    this.operations.close()
    this.#lagWatch.close()
    await this.#retention.close()
    await this.#topics.drain()
    await this.#groups.close(shuttingDown())
    await this.#topics.close()
  }

  #checkOpen(): void {
    if (this.#draining) throw shuttingDown()
  }

  #failed(error: Error): void {
    this.#fault ??= error.message
    this.parts.log.error({ error: error.message }, 'The storage failed; the bus takes no more events. Restart it when the cause is mended.')
  }
}

function shuttingDown(): SyncError {
  return new SyncError('shutting_down', 'The bus is shutting down. Try again in a moment; retries with the same id are safe.')
}

function ofTheBus(topic: string): SyncError {
  return new SyncError(
    'invalid_request',
    `Topics whose names begin with hms.sync. are written by the bus alone; nothing was stored on ${topic.slice(0, 100)}.`,
  )
}
