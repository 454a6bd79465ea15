import { type AttemptInfo, type GroupOutcome, SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Offset } from '../../event.js'
import type { Topic } from '../../publish/topic.js'
import type { EventPlace } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Group } from '../groups/group.js'
import type { Groups } from '../groups/groups.js'
import { triesOf } from './tries-of.js'

/** Callers that may wait for outcomes at once. */
const maxWaiting = 10_000
const maxWaitMs = 10 * 60_000

/** Waits for what becomes of single events. */
export class Outcomes {
  readonly #groups: Groups
  readonly #store: Store
  readonly #clock: Clock
  #waiting = 0

  constructor(groups: Groups, store: Store, clock: Clock) {
    this.#groups = groups
    this.#store = store
    this.#clock = clock
  }

  /** What each group of the topic has made of the event, once all are through, the time is up or `signal` aborts. @throws SyncError `invalid_request`. */
  async of(topic: Topic, position: string, timeoutMs: number, signal?: AbortSignal): Promise<readonly GroupOutcome[]> {
    const place = { topic: topic.name, ...parsePosition(position) }
    // The event is stored: too many who wait is no reason to refuse, only not to wait.
    const waitMs = this.#waiting >= maxWaiting ? 0 : Math.min(timeoutMs, maxWaitMs)
    this.#waiting++
    try {
      const groups = this.#groups.of(topic).map((name) => this.#groups.get(name))
      return await Promise.all(groups.map((group) => this.#wait(group, place, waitMs, signal)))
    } finally {
      this.#waiting--
    }
  }

  async #wait(group: Group, place: EventPlace, waitMs: number, signal?: AbortSignal): Promise<GroupOutcome> {
    const consumption = consumptionOf(group, place)
    if (consumption === undefined) return { group: group.name, outcome: 'pending', attempts: 0 }
    let forget = () => {}
    // Watched before it is looked at: what is settled in between is heard of.
    const heard = new Promise<GroupOutcome>((resolve) => {
      forget = consumption.watch.add(place.offset, (settled) => resolve({ group: group.name, ...settled }))
    })
    const soFar = await outcomeSoFar(group, this.#store, place).catch((error: unknown) => {
      forget()
      throw error
    })
    if (soFar.outcome !== 'pending') {
      forget()
      return soFar
    }
    return new Promise<GroupOutcome>((resolve) => {
      const end = (outcome: GroupOutcome) => {
        timer.cancel()
        signal?.removeEventListener('abort', giveUp)
        forget()
        resolve(outcome)
      }
      const giveUp = () => void this.#pendingNow(group, place, soFar).then(end)
      const timer = this.#clock.after(waitMs, giveUp)
      signal?.addEventListener('abort', giveUp, { once: true })
      void heard.then(end)
      if (signal?.aborted) giveUp()
    })
  }

  /** Why it is not through: what holds the whole group, else what its own last try came to. */
  async #pendingNow(group: Group, place: EventPlace, soFar: GroupOutcome): Promise<GroupOutcome> {
    if (group.members === 0) return { ...soFar, reason: 'nobody takes part in the group now' }
    const health = group.verdicts.target?.health()
    if (health !== undefined && health.state !== 'healthy')
      return { ...soFar, reason: `its system is ${health.state}${health.reason === null ? '' : `: ${health.reason}`}` }
    const tries = await triesOf(this.#store, place, group.name, maxTries).catch((): readonly AttemptInfo[] => [])
    const reason = tries.at(-1)?.reason ?? null
    return { ...soFar, attempts: tries.length, ...(reason === null ? {} : { reason }) }
  }
}

/** As far as it is known now. */
export async function outcomeSoFar(group: Group, store: Store, place: EventPlace): Promise<GroupOutcome> {
  const consumption = consumptionOf(group, place)
  // Read before the store is asked: what is settled meanwhile is not taken for what was settled without a letter.
  const settled = consumption !== undefined && isSettled(consumption, place.offset)
  const letter = await store.deadLetterOf(group.name, place)
  if (letter !== null && letter.state !== 'done')
    return { group: group.name, outcome: 'dead_letter', attempts: letter.attempts, reason: letter.reason }
  const recent = consumption?.watch.recent(place.offset)
  if (recent !== undefined) return { group: group.name, ...recent }
  if (!settled) return { group: group.name, outcome: 'pending', attempts: 0 }
  if (consumption.aftermath.parked > 0 && (await store.isParked(group.name, place)))
    return { group: group.name, outcome: 'parked', attempts: 0 }
  if (letter !== null) return { group: group.name, outcome: 'delivered', attempts: letter.attempts + 1 }
  let tries = await triesOf(store, place, group.name, maxTries)
  if (!tries.some(wasTaken)) {
    // A try travels with the place that it moved: what is on its way to the store is waited for.
    await consumption.written()
    tries = await triesOf(store, place, group.name, maxTries)
  }
  if (tries.some(wasTaken)) return { group: group.name, outcome: 'delivered', attempts: 1 }
  return { group: group.name, outcome: 'passed', attempts: tries.length, reason: passedOver }
}

const maxTries = 100
const passedOver =
  'the group’s place lies behind it, but no delivery of it is remembered: it was published before the group began, the group was moved past it (groups seek), or it was delivered longer ago than tries are kept'

function wasTaken({ outcome }: AttemptInfo): boolean {
  return outcome === 'done' || outcome === 'filtered'
}

function consumptionOf(group: Group, { topic, partition }: EventPlace): Consumption | undefined {
  return group.consumptions.find((one) => one.topic.name === topic && one.partition === partition)
}

function isSettled(consumption: Consumption, offset: Offset): boolean {
  const { cursor, ahead } = consumption.place()
  return offset < cursor || ahead.some(({ first, last }) => first <= offset && offset <= last)
}

function parsePosition(position: string): { readonly partition: number; readonly offset: Offset } {
  const match = /^(\d{1,4})-(\d{1,19})$/.exec(position)
  if (match === null)
    throw new SyncError('invalid_request', `"${position.slice(0, 40)}" is no position of an event; give back the text as it was received.`)
  return { partition: Number(match[1]), offset: BigInt(match[2]!) }
}
