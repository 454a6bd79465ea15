import type {
  DeadLetterChange,
  DeadLetterChanges,
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterInfo,
  Json,
  WireEvent,
} from '@hms-sync/client'
import { SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import { formatPosition } from '../../event.js'
import type { Page, PageOptions } from '../../operations.js'
import { eventKey } from '../../publish/encode.js'
import type { Topic } from '../../publish/topic.js'
import { type DeadLetter, type DeadLetterQuery, maxRedriving } from '../../store/failures.js'
import type { Store } from '../../store/store.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Groups } from '../groups/groups.js'
import { parseTime } from '../reading/place.js'
import { mustBeKnown } from './known-group.js'
import { pageLimit } from './page-limit.js'
import { triesOf } from './tries-of.js'

export interface DeadLetterDeskParts {
  readonly store: Store
  readonly clock: Clock
  readonly groups: Groups
  /** undefined: the topic is not served any more. */
  readonly topic: (name: string) => Topic | undefined
  /** Letters on their way again at once, of all groups. Absent: as many as the store gives back. */
  readonly maxRedriving?: number | undefined
}

/** One change of many letters. */
interface Doing {
  readonly dryRun: boolean
  readonly state: 'redriving' | 'skipped'
  /** As many are changed at most. */
  readonly room: number
  work(of: Consumption['aftermath'], letter: DeadLetter): Promise<void>
}

const maxChanges = 1_000
const maxTries = 100

/** Looks at dead letters, mends them, sends them again or lets them go. */
export class DeadLetterDesk {
  readonly #parts: DeadLetterDeskParts
  readonly #maxRedriving: number
  /** Redrives and skips run one after the other, so that none works on what another has just changed. */
  #changing: Promise<unknown> = Promise.resolve()

  constructor(parts: DeadLetterDeskParts) {
    this.#parts = parts
    this.#maxRedriving = Math.min(parts.maxRedriving ?? maxRedriving, maxRedriving)
  }

  async list(filter: DeadLetterFilter, page: PageOptions = {}): Promise<Page<DeadLetterInfo>> {
    const limit = pageLimit(page)
    const below = page.after === undefined ? undefined : numberOf(page.after)
    const letters = await this.#parts.store.deadLetters(this.#query(filter), limit + 1, below)
    if (letters.length === 0) await mustBeKnown(filter.group, this.#parts)
    const items = letters.slice(0, limit).map((letter) => this.#info(letter))
    return letters.length > limit ? { items, next: items.at(-1)!.id } : { items }
  }

  /** @throws SyncError `not_found`. */
  async show(id: string): Promise<DeadLetterDetail> {
    const letter = await this.#letter(id)
    const tries = await triesOf(this.#parts.store, letter, letter.group, maxTries)
    return { ...this.#info(letter), content: JSON.parse(letter.wire) as WireEvent, tries }
  }

  /** @throws SyncError `not_found`, `change_refused`, `schema_violation`. */
  edit(id: string, payload: Json): Promise<DeadLetterDetail> {
    return this.#inTurn(async () => {
      const letter = await this.#letter(id)
      const refusal = this.#refusal(letter)
      if (refusal !== null) throw new SyncError('change_refused', `The dead letter ${id} cannot be edited: ${refusal}`)
      const event = JSON.parse(letter.wire) as WireEvent
      this.#checkPayload(letter, event.version, payload)
      const wire = JSON.stringify({ ...event, payload })
      await this.#parts.store.commit([{ kind: 'dead_letter', letter: { ...letter, wire, edited: true } }])
      return this.show(id)
    })
  }

  redrive(filter: DeadLetterFilter, dryRun: boolean): Promise<DeadLetterChanges> {
    return this.#inTurn(async () => {
      const room = Math.max(0, this.#maxRedriving - (await this.#parts.store.countDeadLetters({ state: 'redriving' })))
      const changes = await this.#change(filter, { dryRun, state: 'redriving', room, work: (of, letter) => of.redrive(letter) })
      return { ...changes, room: room - changes.taken }
    })
  }

  skip(filter: DeadLetterFilter, dryRun: boolean): Promise<DeadLetterChanges> {
    const room = Number.POSITIVE_INFINITY
    return this.#inTurn(() => this.#change(filter, { dryRun, state: 'skipped', room, work: (of, letter) => of.skip(letter) }))
  }

  async #change(filter: DeadLetterFilter, { dryRun, state, room, work }: Doing): Promise<DeadLetterChanges> {
    const { store } = this.#parts
    // Letters asked for by number are answered one by one whatever their state; a filter means the open ones.
    const query = {
      ...this.#query(filter),
      ...(filter.ids === undefined && filter.state === undefined ? { state: 'open' as const } : {}),
    }
    const found = await store.oldestDeadLetters(query, maxChanges)
    if (found.length === 0) await mustBeKnown(filter.group, this.#parts)
    const beyond = found.length < maxChanges || query.state !== 'open' ? 0 : (await store.countDeadLetters(query)) - found.length
    const items: DeadLetterChange[] = (filter.ids ?? [])
      .filter((id) => !found.some((letter) => letter.number === numberOf(id)))
      .map((id) => ({ id, ok: false, reason: 'There is no such dead letter.' }))
    const done: Promise<void>[] = []
    let taken = 0
    let later = 0
    // From the last look on nothing is awaited until all is on its way: a read that began meanwhile would not see it.
    for (let loading = this.#loading(found); !dryRun && loading !== null; loading = this.#loading(found)) await loading
    for (const letter of found) {
      const id = String(letter.number)
      const reason = state === 'skipped' ? skipRefusal(letter) : this.#refusal(letter)
      if (reason !== null) items.push({ id, ok: false, reason })
      else if (taken >= room) {
        items.push({ id, ok: false, reason: tooManyOnTheWay(this.#maxRedriving), later: true })
        later++
      } else {
        // One after the other in time, together in a commit.
        if (!dryRun) done.push(this.#do(letter, state, work))
        items.push({ id, ok: true, state })
        taken++
      }
    }
    await Promise.all(done)
    return { items, taken, remaining: beyond + later }
  }

  /** Resolves when a group of these letters has read what the store knows of it; null: none is reading. */
  #loading(letters: readonly DeadLetter[]): Promise<void> | null {
    for (const letter of letters) {
      const loading = this.#consumption(letter)?.loading ?? null
      if (loading !== null) return loading
    }
    return null
  }

  async #do(letter: DeadLetter, state: Doing['state'], work: Doing['work']): Promise<void> {
    const consumption = this.#consumption(letter)
    if (consumption !== undefined) return work(consumption.aftermath, letter)
    // Its group is not served now; it will be taken up when it is.
    await this.#parts.store.commit([{ kind: 'dead_letter_state', number: letter.number, state }])
  }

  /** Why it cannot be sent again or edited; null: it can. */
  #refusal(letter: DeadLetter): string | null {
    switch (letter.state) {
      case 'redriving':
        return 'It is on its way already.'
      case 'done':
        return 'It was delivered by an earlier redrive.'
      case 'skipped':
        return 'It was skipped.'
      case 'superseded':
        return 'A newer event of its key was applied since; sending it again would overwrite newer state.'
      default:
        return this.#consumption(letter)?.aftermath.isStale(letter) === true
          ? 'A newer event of its key was applied since; sending it again would overwrite newer state.'
          : null
    }
  }

  #checkPayload(letter: DeadLetter, version: number, payload: Json): void {
    const topic = this.#parts.topic(letter.topic)
    const faults = topic?.contracts.get(version)?.validate(payload) ?? []
    if (faults.length > 0) {
      throw new SyncError('schema_violation', `The payload does not match schema v${version} of ${letter.topic}; nothing was changed.`, {
        faults,
      })
    }
    if (topic === undefined || topic.config.key === null || eventKey(topic.config, { payload }) === letter.key) return
    throw new SyncError(
      'change_refused',
      `The edit changes the event's key (${topic.config.key.join('.')}), which fixes its order; publish a new event instead.`,
    )
  }

  #info(letter: DeadLetter): DeadLetterInfo {
    const { number, state, group, topic, event, partition, offset, key, reason, errorClass, attempts, at, edited } = letter
    const parked =
      state === 'open' || state === 'redriving' ? (key === null ? 0 : (this.#consumption(letter)?.aftermath.parkedOf(key) ?? 0)) : 0
    const stale = state === 'open' && this.#consumption(letter)?.aftermath.isStale(letter) === true
    return {
      id: String(number),
      state: stale ? 'superseded' : state,
      group,
      topic,
      event,
      position: formatPosition(partition, offset),
      key,
      reason,
      errorClass,
      attempts,
      at: new Date(at).toISOString(),
      edited,
      parked,
    }
  }

  #consumption({ group, topic, partition, incarnation }: DeadLetter): Consumption | undefined {
    const found = this.#parts.groups.find(group)?.consumptions
    return found?.find((one) => one.topic.name === topic && one.partition === partition && one.topic.incarnation === incarnation)
  }

  async #letter(id: string): Promise<DeadLetter> {
    const [letter] = await this.#parts.store.deadLetters({ numbers: [numberOf(id)] }, 1)
    if (letter === undefined)
      throw new SyncError('not_found', `There is no dead letter ${id.slice(0, 40)}. \`hms-sync dlq list\` shows them.`)
    return letter
  }

  #query({ ids, group, topic, errorClass, state, since, until }: DeadLetterFilter): DeadLetterQuery {
    if (ids !== undefined && ids.length > maxChanges) throw new SyncError('invalid_request', `At most ${maxChanges} ids are taken at once.`)
    const { clock } = this.#parts
    return {
      ...(ids === undefined ? {} : { numbers: ids.map(numberOf) }),
      ...(group === undefined ? {} : { group }),
      ...(topic === undefined ? {} : { topic }),
      ...(errorClass === undefined ? {} : { errorClass }),
      ...(state === undefined ? {} : { state }),
      ...(since === undefined ? {} : { since: parseTime(since, clock) }),
      ...(until === undefined ? {} : { until: parseTime(until, clock) }),
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work)
    this.#changing = turn.catch(() => {})
    return turn
  }
}

/** Why it cannot be let go; null: it can. One that newer state has overtaken may be, while nobody has written that down. */
function skipRefusal({ state }: DeadLetter): string | null {
  switch (state) {
    case 'open':
      return null
    case 'redriving':
      return 'It is on its way again; it can be let go if it gives up once more.'
    case 'done':
      return 'It was delivered by an earlier redrive; there is nothing to let go.'
    case 'skipped':
      return 'It was skipped before.'
    case 'superseded':
      return 'A newer event of its key was applied since, so it is never sent again by itself; there is nothing to let go.'
  }
}

function tooManyOnTheWay(most: number): string {
  return `${most.toLocaleString('en')} dead letters are on their way, as many as may be at once; redrive the rest when they are through.`
}

function numberOf(id: string): number {
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id)
  throw new SyncError(
    'invalid_request',
    `"${id.slice(0, 40)}" is no dead letter's id; ids are whole numbers, as \`hms-sync dlq list\` shows them.`,
  )
}
