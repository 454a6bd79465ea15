import type {
  AttemptInfo,
  DeadLetterChanges,
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterInfo,
  EventTrace,
  GroupOutcome,
  Json,
  ReplayInfo,
  TargetHealth,
} from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { DeliveriesQuery, Operations, Page, PageOptions, ReplayOptions } from '../../operations.js'
import type { Topic } from '../../publish/topic.js'
import type { Store } from '../../store/store.js'
import type { Groups } from '../groups/groups.js'
import { DeadLetterDesk } from './dead-letter-desk.js'
import { listDeliveries } from './deliveries.js'
import { mustBeKnown } from './known-group.js'
import { Outcomes } from './outcomes.js'
import { Replays } from './replays.js'
import { traceEvent } from './trace.js'

export interface DeliveryOperationsParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly groups: Groups
  readonly maxRedriving?: number | undefined
  readonly topics: {
    all(): readonly Topic[]
    find(name: string): Topic | undefined
    /** @throws SyncError `unknown_topic`. */
    get(name: string): Topic
  }
}

/** What operators ask of deliveries, each answered by one part. */
export class DeliveryOperations implements Operations {
  readonly #parts: DeliveryOperationsParts
  readonly #desk: DeadLetterDesk
  readonly #outcomes: Outcomes
  readonly #replays: Replays

  constructor(parts: DeliveryOperationsParts) {
    this.#parts = parts
    const { engine, store, clock, groups, topics, maxRedriving } = parts
    this.#desk = new DeadLetterDesk({ store, clock, groups, topic: (name) => topics.find(name), maxRedriving })
    this.#outcomes = new Outcomes(groups, store, clock)
    this.#replays = new Replays(groups, engine, clock)
  }

  deadLetters(filter: DeadLetterFilter, page?: PageOptions): Promise<Page<DeadLetterInfo>> {
    return this.#desk.list(filter, page)
  }

  deadLetter(id: string): Promise<DeadLetterDetail> {
    return this.#desk.show(id)
  }

  editDeadLetter(id: string, payload: Json): Promise<DeadLetterDetail> {
    return this.#desk.edit(id, payload)
  }

  redrive(filter: DeadLetterFilter, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<DeadLetterChanges> {
    return this.#desk.redrive(filter, dryRun)
  }

  skipDeadLetters(filter: DeadLetterFilter, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<DeadLetterChanges> {
    return this.#desk.skip(filter, dryRun)
  }

  async deliveries(query: DeliveriesQuery, page?: PageOptions): Promise<Page<AttemptInfo>> {
    const found = await listDeliveries(this.#parts.store, this.#parts.clock, query, page)
    if (found.items.length === 0) await mustBeKnown(query.group, this.#parts)
    return found
  }

  async trace(eventId: string, topic?: string): Promise<readonly EventTrace[]> {
    const topics = topic === undefined ? this.#parts.topics.all() : [this.#parts.topics.get(topic)]
    return traceEvent(this.#parts, topics, eventId)
  }

  replay(group: string, options: ReplayOptions): Promise<ReplayInfo> {
    return this.#replays.start(group, options)
  }

  replays(): readonly ReplayInfo[] {
    return this.#replays.list()
  }

  cancelReplay(id: string): ReplayInfo {
    return this.#replays.cancel(id)
  }

  pauseTarget(group: string): Promise<TargetHealth> {
    return this.#parts.groups.hold(group, true)
  }

  resumeTarget(group: string): Promise<TargetHealth> {
    return this.#parts.groups.hold(group, false)
  }

  async outcomes(topic: string, position: string, timeoutMs: number, signal?: AbortSignal): Promise<readonly GroupOutcome[]> {
    return this.#outcomes.of(this.#parts.topics.get(topic), position, timeoutMs, signal)
  }

  /** Ends replays. May be called twice. */
  close(): void {
    this.#replays.close()
  }
}
