import { randomBytes } from 'node:crypto'
import { type ReplayInfo, SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { ReplayOptions } from '../../operations.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Groups } from '../groups/groups.js'
import { findPlace } from '../reading/place.js'
import { Replay } from './replay.js'

const maxRunning = 16
const maxRemembered = 100

/** Events sent to one group again, on purpose. Runs end with the bus. */
export class Replays {
  readonly #groups: Groups
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #replays = new Map<string, Replay>()

  constructor(groups: Groups, engine: Engine, clock: Clock) {
    this.#groups = groups
    this.#engine = engine
    this.#clock = clock
  }

  list(): readonly ReplayInfo[] {
    return [...this.#replays.values()].map((replay) => replay.info()).reverse()
  }

  /** @throws SyncError `unknown_group`, `unknown_topic`, `invalid_request`, `overloaded`. */
  async start(groupName: string, { since, topics }: ReplayOptions): Promise<ReplayInfo> {
    const group = this.#groups.get(groupName)
    const wanted = this.#consumptions(group.consumptions, groupName, topics)
    if (wanted.every((consumption) => !consumption.awake)) {
      throw new SyncError('invalid_request', `Nobody takes part in the group ${groupName} now. Start its adapter, then replay.`)
    }
    const running = [...this.#replays.values()].filter((replay) => replay.running)
    if (running.some((replay) => replay.group === groupName)) {
      throw new SyncError('invalid_request', `A replay to ${groupName} is running already; cancel it first.`)
    }
    if (running.length >= maxRunning) throw new SyncError('overloaded', `${maxRunning} replays are running; wait for one to end.`)
    const from = new Map<Consumption, bigint>()
    for (const one of wanted) from.set(one, (await findPlace(this.#engine, this.#clock, one.topic, since))[one.partition]!)
    const replay = new Replay(randomBytes(4).toString('hex'), groupName, since, from, this.#engine, this.#clock)
    this.#replays.set(replay.id, replay)
    for (const [id, { running: stillRuns }] of this.#replays) {
      if (this.#replays.size <= maxRemembered) break
      if (!stillRuns) this.#replays.delete(id)
    }
    replay.start()
    return replay.info()
  }

  /** @throws SyncError `not_found`. */
  cancel(id: string): ReplayInfo {
    const replay = this.#replays.get(id)
    if (replay === undefined) throw new SyncError('not_found', `There is no replay "${id.slice(0, 40)}".`)
    replay.cancel()
    return replay.info()
  }

  /** Ends them all. */
  close(): void {
    for (const replay of this.#replays.values()) replay.cancel()
  }

  /** Those of the topics asked for, or else of every topic that somebody takes now. */
  #consumptions(all: readonly Consumption[], group: string, topics: readonly string[] | undefined): readonly Consumption[] {
    if (topics === undefined) return all.filter(({ awake }) => awake)
    const unknown = topics.find((topic) => !all.some((one) => one.topic.name === topic))
    if (unknown !== undefined) throw new SyncError('unknown_topic', `The group ${group} takes nothing from "${unknown.slice(0, 100)}".`)
    return all.filter((one) => topics.includes(one.topic.name))
  }
}
