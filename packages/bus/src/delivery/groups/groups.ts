import { randomBytes } from 'node:crypto'
import { type GroupInfo, nearest, type SettleResult, SyncError, type TargetHealth } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset } from '../../event.js'
import type { Log } from '../../observe/log.js'
import type { Notices } from '../../observe/notices.js'
import type { Topic } from '../../publish/topic.js'
import type { Progress, Store } from '../../store/store.js'
import { Consumption } from '../consumption/consumption.js'
import { ProgressWriter } from '../consumption/progress-writer.js'
import { findPlace } from '../reading/place.js'
import type { Receiver, Settlement } from '../receiver.js'
import { PausedTargets } from '../targets/paused-targets.js'
import { subscriberPolicy } from '../targets/policy.js'
import type { ChosenTopics } from './chosen-topics.js'
import { describeGroup } from './describe-group.js'
import { Group, type GroupParts, groupDeleted } from './group.js'
import { countGroup, type GroupCounts } from './group-counts.js'
import type { Member } from './member.js'
import { refuseDeclared } from './refuse-declared.js'

export interface GroupsParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly notices: Notices
  readonly maxHeldKeys?: number
}

/** Every group of this node: who they are, where they are, and who takes part. */
export class Groups {
  readonly #parts: GroupsParts
  readonly #progress: ProgressWriter
  readonly #groups = new Map<string, Group>()
  /** One change of a group's shape at a time. */
  #changing: Promise<unknown> = Promise.resolve()
  /** Another at each start of the bus, so that tokens of an earlier one are known as old. */
  readonly #epoch = `${randomBytes(6).toString('base64url')}.`
  #tokens = 0
  /** The highest number of a dead letter. */
  #deadLetters = 0
  readonly #paused: PausedTargets
  readonly #groupParts: GroupParts

  constructor(parts: GroupsParts) {
    this.#parts = parts
    this.#paused = new PausedTargets(parts.store)
    const { clock, notices, log } = parts
    const onPaused = (group: string, reason: string) => {
      this.#paused.set(group, reason).catch((error: Error) => log.error({ group, error: error.message }, 'A pause could not be written.'))
    }
    this.#groupParts = { clock, notices, onPaused }
    this.#progress = new ProgressWriter(parts.store, parts.clock, parts.log, () => {
      for (const group of this.#groups.values()) group.dispatch()
    })
  }

  /** Takes up the groups that the store knows, on the topics that there are. */
  async load(topics: ReadonlyMap<string, Topic>): Promise<void> {
    this.#deadLetters = Math.max(this.#deadLetters, await this.#parts.store.lastDeadLetter())
    await this.#paused.load()
    const rows = await this.#parts.store.progress()
    for (const row of rows) {
      const topic = topics.get(row.topic)
      if (topic === undefined) continue
      this.#add(this.#groupOf(row.group), topic, row.partition, startOf(row, topic))
    }
  }

  /** Gives `group` a place in `topic` if it has none: what is published from then on is owed to it. Resolves when durable. */
  declare(name: string, topic: Topic, from: string): Promise<void> {
    return this.#inTurn(async () => {
      const group = this.#groups.get(name)
      const known = new Set(group?.consumptions.filter((one) => one.topic === topic).map((one) => one.partition))
      if (known.size === topic.tails.length) return
      // A partition that came later belongs to the group from its first event on.
      const place = await findPlace(this.#parts.engine, this.#parts.clock, topic, known.size > 0 ? 'all' : from)
      const owner = this.#groupOf(name)
      const added = topic.tails
        .filter((tail) => !known.has(tail.partition))
        .map((tail) => this.#add(owner, topic, tail.partition, { cursor: place[tail.partition]!, ahead: [] }))
      try {
        await this.#parts.store.commit(added.map((consumption) => consumption.progressChange()))
      } catch (error) {
        this.#drop(owner, new Set(added))
        if (owner.consumptions.length === 0 && owner.members === 0) this.#groups.delete(name)
        throw error
      } finally {
        owner.wakeWanted()
      }
    })
  }

  /** Joins a group that has its place in these topics. */
  join(name: string, topics: ChosenTopics, ackTimeoutMs: number, receiver: Receiver, policy = subscriberPolicy): Member {
    return this.#groupOf(name).join(topics, ackTimeoutMs, receiver, policy, this.#paused.reason(name))
  }

  all(): readonly Group[] {
    return [...this.#groups.values()]
  }

  /** @throws SyncError `unknown_group` with the nearest name. */
  get(name: string): Group {
    return this.#existing(name)
  }

  find(name: string): Group | undefined {
    return this.#groups.get(name)
  }

  /** Holds what goes to the group's target, over restarts, or lets it go again. Resolves when durable. @throws SyncError `unknown_group`, `invalid_request`. */
  async hold(name: string, held: boolean): Promise<TargetHealth> {
    const { target } = this.#existing(name).verdicts
    if (target === null) {
      throw new SyncError(
        'invalid_request',
        `No adapter takes part in the group ${name} now, so there is no system behind it to pause or resume.`,
      )
    }
    if (held && !target.paused) target.pause('It was paused by hand.')
    if (!held) target.resume()
    await this.#paused.set(name, held ? (target.health().reason ?? '') : null)
    return target.health()
  }

  settle(name: string, settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const group = this.#groups.get(name)
    return group === undefined ? Promise.resolve(settlements.map(() => 'expired' as const)) : group.settle(settlements)
  }

  /** Moves a group's place in one topic or all of its topics. Its deliveries under way end. Resolves when durable. */
  seek(name: string, to: string, topic?: string): Promise<void> {
    return this.#inTurn(async () => {
      const group = this.#existing(name)
      const moved = this.#of(group, topic)
      const places = new Map<Topic, readonly Offset[]>()
      for (const one of moved) places.set(one.topic, await findPlace(this.#parts.engine, this.#parts.clock, one.topic, to))
      for (const { name: topicName } of places.keys()) group.interrupt(topicName)
      const written = moved.map((one) => {
        const { topic, partition } = one
        const cursor = places.get(topic)![partition]!
        this.#progress.forget(one)
        one.moveTo(cursor)
        // Parked events at or behind the cursor are read again from the log: those that stayed would be counted twice.
        return this.#progress.write(
          one,
          { kind: 'retries_dropped', group: name, topic: topic.name },
          { kind: 'parked_dropped', group: name, topic: topic.name, partition, from: cursor },
        )
      })
      try {
        await Promise.all(written)
      } finally {
        group.wakeWanted()
      }
    })
  }

  /** Ends what a group is owed, in one topic or altogether. Resolves when durable. @throws SyncError `change_refused` for what a topic declares. */
  delete(name: string, topic?: string): Promise<void> {
    return this.#inTurn(async () => {
      const group = this.#existing(name)
      const gone = new Set(this.#of(group, topic))
      refuseDeclared(
        name,
        [...gone].map((one) => one.topic),
      )
      this.#drop(group, gone)
      try {
        await this.#parts.store.commit([{ kind: 'group_deleted', group: name, ...(topic === undefined ? {} : { topic }) }])
      } catch (error) {
        for (const one of gone) this.#take(group, one)
        group.wakeWanted()
        throw error
      }
      if (group.consumptions.length > 0) return
      this.#groups.delete(name)
      group.end(groupDeleted(name))
    })
  }

  /** A topic that is no longer served: its groups keep their place in the store. Members that it leaves without any topic end with the reason. */
  withdraw(topic: Topic, why: Error): void {
    for (const group of this.#groups.values()) {
      this.#drop(group, new Set(group.consumptions.filter((one) => one.topic === topic)))
      group.endIdle(topic, why)
    }
  }

  /** The first offset that some group has not settled, for each partition; null: nothing is owed there. */
  owed(topic: Topic): readonly (Offset | null)[] {
    const owed: (Offset | null)[] = topic.tails.map(() => null)
    for (const group of this.#groups.values()) {
      for (const one of group.consumptions) {
        if (one.topic !== topic) continue
        const before = owed[one.partition]
        const { cursor } = one
        if (before === null || before === undefined || cursor < before) owed[one.partition] = cursor
      }
    }
    return owed
  }

  /** The groups that take from a topic. */
  of(topic: Topic): readonly string[] {
    return [...this.#groups.values()].filter((group) => group.consumptions.some((one) => one.topic === topic)).map((group) => group.name)
  }

  /** The groups with a member that takes whatever topic there is, and would take this one; with `named`, also with one that named it. */
  taking(topic: Topic, named: boolean): readonly string[] {
    return [...this.#groups.values()].filter((group) => group.takes(topic, named)).map((group) => group.name)
  }

  counts(): readonly GroupCounts[] {
    return [...this.#groups.values()].map(countGroup)
  }

  async describe(): Promise<readonly GroupInfo[]> {
    return Promise.all([...this.#groups.values()].map((group) => describeGroup(group, this.#parts)))
  }

  /** @throws SyncError `unknown_group`. */
  async describeOne(name: string): Promise<GroupInfo> {
    return describeGroup(this.#existing(name), this.#parts)
  }

  /** Hands out nothing from now on. Resolves when what is out has been settled or handed back, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    const drained = Promise.all([...this.#groups.values()].map((group) => group.drain()))
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(graceMs, resolve)
      void drained.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  /** Ends every membership with the reason, and writes what has moved. May be called twice. */
  async close(reason: Error): Promise<void> {
    for (const group of this.#groups.values()) group.end(reason)
    await this.#progress.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work)
    this.#changing = turn.catch(() => {})
    return turn
  }

  #groupOf(name: string): Group {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = new Group(name, () => `${this.#epoch}${(this.#tokens++).toString(36)}`, this.#groupParts)
      this.#groups.set(name, group)
    }
    return group
  }

  #add(group: Group, topic: Topic, partition: number, at: Pick<Progress, 'cursor' | 'ahead'>): Consumption {
    const consumption = new Consumption(group, topic, partition, at, {
      ...this.#parts,
      progress: this.#progress,
      nextDeadLetter: () => ++this.#deadLetters,
    })
    this.#take(group, consumption)
    return consumption
  }

  #take(group: Group, consumption: Consumption): void {
    group.consumptions.push(consumption)
    if (consumption.partition === 0) consumption.topic.groups++
  }

  /** Ends what these have under way, and forgets them. */
  #drop(group: Group, gone: ReadonlySet<Consumption>): void {
    for (const one of gone) {
      group.interrupt(one.topic.name)
      this.#progress.forget(one, true)
      if (one.partition === 0) one.topic.groups--
    }
    group.consumptions.splice(0, group.consumptions.length, ...group.consumptions.filter((one) => !gone.has(one)))
  }

  #existing(name: string): Group {
    const group = this.#groups.get(name)
    if (group !== undefined) return group
    const near = nearest(name, [...this.#groups.keys()])
    throw new SyncError(
      'unknown_group',
      `There is no group "${name.slice(0, 100)}".${near === null ? '' : ` Did you mean "${near}"?`} \`hms-sync groups list\` shows them all.`,
    )
  }

  #of(group: Group, topic: string | undefined): readonly Consumption[] {
    const found = topic === undefined ? [...group.consumptions] : group.consumptions.filter((one) => one.topic.name === topic)
    if (found.length > 0) return found
    throw new SyncError('unknown_topic', `The group ${group.name} takes nothing from "${String(topic).slice(0, 100)}".`)
  }
}

/** A cursor of another life of the topic means nothing in this one. */
function startOf(row: Progress, topic: Topic): Pick<Progress, 'cursor' | 'ahead'> {
  return row.incarnation === topic.incarnation ? row : { cursor: 0n, ahead: [] }
}
