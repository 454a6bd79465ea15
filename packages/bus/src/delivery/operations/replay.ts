import type { ReplayInfo } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset } from '../../event.js'
import type { Consumption } from '../consumption/consumption.js'
import { PartitionReader } from '../reading/partition-reader.js'

const interrupted = 'The group was interrupted, or nobody takes part in it any more; the rest was not sent. Start the replay again.'
/** Events of one replay under way at once: beside the live ones, not instead of them. */
const maxUnderWay = 64

/**
 * One replay. It reads what the group has read, from a place on, and sends it again through the group's own lanes: each
 * event takes its key's turn, so nothing overtakes, and what waits behind a dead letter that parks its key stays there. It ends when it has caught up with what the group has read by then, so
 * that the last state sent of each key is the newest.
 */
export class Replay {
  readonly id: string
  readonly group: string
  readonly #since: string
  readonly #from: ReadonlyMap<Consumption, Offset>
  readonly #engine: Engine
  readonly #clock: Clock
  readonly #startedAt: number
  #state: ReplayInfo['state'] = 'running'
  #reason: string | null = null
  #endedAt: number | null = null
  #sent = 0
  #failed = 0
  #underWay = 0
  /** The partitions that wait for one of those under way to end, and the run that waits for all of them. */
  #waiting: (() => void)[] = []
  readonly #readers: PartitionReader[] = []
  readonly #offs: (() => void)[] = []

  constructor(id: string, group: string, since: string, from: ReadonlyMap<Consumption, Offset>, engine: Engine, clock: Clock) {
    this.id = id
    this.group = group
    this.#since = since
    this.#from = from
    this.#engine = engine
    this.#clock = clock
    this.#startedAt = clock.now()
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  info(): ReplayInfo {
    return {
      id: this.id,
      group: this.group,
      topics: [...new Set([...this.#from.keys()].map((one) => one.topic.name))],
      since: this.#since,
      state: this.#state,
      sent: this.#sent,
      failed: this.#failed,
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: this.#endedAt === null ? null : new Date(this.#endedAt).toISOString(),
      reason: this.#reason,
    }
  }

  start(): void {
    for (const consumption of this.#from.keys()) {
      this.#offs.push(consumption.onSleep(() => this.#end('failed', interrupted)))
    }
    this.#run().then(
      () => this.#end('done', null),
      (error: unknown) => this.#end('failed', (error as Error).message),
    )
  }

  cancel(): void {
    this.#end('cancelled', null)
  }

  async #run(): Promise<void> {
    await Promise.all([...this.#from].map(([consumption, from]) => this.#replay(consumption, from)))
    while (this.running && this.#underWay > 0) await this.#oneEnded()
  }

  async #replay(consumption: Consumption, from: Offset): Promise<void> {
    while (consumption.loading !== null) await consumption.loading
    if (!this.running) return
    const reader = new PartitionReader(this.#engine, consumption.topic, consumption.partition, from)
    this.#readers.push(reader)
    try {
      while (this.running && reader.position < consumption.readUpTo) {
        const read = await reader.next(maxUnderWay)
        if (read === null) return
        if ('gap' in read) continue
        for (const event of read.events) {
          if (event.offset >= consumption.readUpTo) return
          // Not delivered yet: it goes when its key does, and not before what it waits for.
          if (consumption.aftermath.keepsBack(event)) continue
          while (this.running && this.#underWay >= maxUnderWay) await this.#oneEnded()
          if (!this.running) return
          this.#underWay++
          if (consumption.sendAgain(event, { kind: 'replay', ended: (delivered) => this.#ended(delivered) })) continue
          return this.#end('failed', interrupted)
        }
      }
    } finally {
      reader.close()
    }
  }

  #ended(delivered: boolean): void {
    this.#underWay--
    if (delivered) this.#sent++
    else this.#failed++
    this.#wakeAll()
  }

  #end(state: ReplayInfo['state'], reason: string | null): void {
    if (!this.running) return
    this.#state = state
    this.#reason = reason
    this.#endedAt = this.#clock.now()
    for (const reader of this.#readers) reader.close()
    for (const off of this.#offs) off()
    this.#wakeAll()
  }

  #oneEnded(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
