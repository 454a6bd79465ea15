import {
  type AttemptInfo,
  type DeadLetterChange,
  type DeadLetterChanges,
  type DeadLetterDetail,
  type DeadLetterFilter,
  type DeadLetterInfo,
  type EventTrace,
  type GroupOutcome,
  type Json,
  type ReplayInfo,
  SyncError,
  type TargetHealth,
} from '@hms-sync/client'
import type { DeliveriesQuery, Operations, Page, PageOptions, ReplayOptions } from '#dist/operations.js'

const at = '2026-11-21T10:00:00.000Z'

/** What operators do, over plain memory: for what concerns the doors alone, such as what they refuse. */
export class SmallOperations implements Operations {
  /** By id, ascending. */
  readonly letters = new Map<string, DeadLetterDetail>()
  /** What the doors asked for, as it came. */
  readonly asked: unknown[] = []
  /** How many more may be sent again. */
  room = 10_000
  readonly tries: readonly AttemptInfo[] = [attempt(1), attempt(2)]
  readonly #replays: ReplayInfo[] = []
  #health: TargetHealth = { state: 'healthy', since: at, reason: null, nextProbe: null }

  async deadLetters(filter: DeadLetterFilter, page: PageOptions = {}): Promise<Page<DeadLetterInfo>> {
    this.asked.push({ filter, page })
    const { limit = 100, after } = page
    const found = [...this.letters.values()]
      .reverse()
      .filter(({ id, state }) => (filter.state ?? state) === state && (after === undefined || Number(id) < Number(after)))
      .map(({ content: _content, tries: _tries, ...info }) => info)
    const items = found.slice(0, limit)
    return { items, ...(found.length > limit ? { next: items.at(-1)!.id } : {}) }
  }

  async deadLetter(id: string): Promise<DeadLetterDetail> {
    const letter = this.letters.get(id)
    if (letter === undefined) throw new SyncError('not_found', `There is no dead letter ${id}.`)
    return letter
  }

  async editDeadLetter(id: string, payload: Json): Promise<DeadLetterDetail> {
    const letter = await this.deadLetter(id)
    if (letter.state !== 'open') throw new SyncError('change_refused', `Dead letter ${id} is ${letter.state}.`)
    const edited = { ...letter, edited: true, content: { ...letter.content, payload } }
    this.letters.set(id, edited)
    return edited
  }

  redrive(filter: DeadLetterFilter, options: { readonly dryRun?: boolean } = {}): Promise<DeadLetterChanges> {
    return this.#change(filter, 'redriving', options)
  }

  skipDeadLetters(filter: DeadLetterFilter, options: { readonly dryRun?: boolean } = {}): Promise<DeadLetterChanges> {
    return this.#change(filter, 'skipped', options)
  }

  async deliveries(query: DeliveriesQuery, page: PageOptions = {}): Promise<Page<AttemptInfo>> {
    this.asked.push({ query, page })
    return { items: this.tries }
  }

  async trace(id: string, topic?: string): Promise<readonly EventTrace[]> {
    this.asked.push({ id, topic })
    if (id !== 'e0') throw new SyncError('not_found', `There is no event ${id.slice(0, 60)}.`)
    const { content } = deadLetter('1')
    return [
      {
        topic: 'permits',
        event: content,
        groups: [
          { group: 'clinic', outcome: 'delivered', attempts: 2, tries: this.tries, deadLetter: null },
          { group: 'legacy', outcome: 'dead_letter', attempts: 1, reason: 'HTTP 422', tries: [attempt(1)], deadLetter: '1' },
        ],
      },
    ]
  }

  async replay(group: string, { since, topics = ['permits'] }: ReplayOptions): Promise<ReplayInfo> {
    if (group !== 'clinic') throw new SyncError('unknown_group', `There is no group ${group}. Did you mean clinic?`)
    const id = String(this.#replays.length + 1)
    const replay: ReplayInfo = {
      id,
      group,
      topics,
      since,
      state: 'running',
      sent: 0,
      failed: 0,
      startedAt: at,
      endedAt: null,
      reason: null,
    }
    this.#replays.push(replay)
    return replay
  }

  replays(): readonly ReplayInfo[] {
    return this.#replays
  }

  cancelReplay(id: string): ReplayInfo {
    const index = this.#replays.findIndex((replay) => replay.id === id)
    if (index < 0) throw new SyncError('not_found', `There is no replay ${id}.`)
    this.#replays[index] = { ...this.#replays[index]!, state: 'cancelled', endedAt: at }
    return this.#replays[index]
  }

  async pauseTarget(group: string): Promise<TargetHealth> {
    this.asked.push({ pause: group })
    this.#health = { ...this.#health, state: 'paused' }
    return this.#health
  }

  async resumeTarget(group: string): Promise<TargetHealth> {
    this.asked.push({ resume: group })
    this.#health = { ...this.#health, state: 'healthy' }
    return this.#health
  }

  async outcomes(): Promise<readonly GroupOutcome[]> {
    return []
  }

  async #change(
    filter: DeadLetterFilter,
    state: 'redriving' | 'skipped',
    { dryRun = false }: { readonly dryRun?: boolean },
  ): Promise<DeadLetterChanges> {
    this.asked.push({ filter, state, dryRun })
    const ids = filter.ids ?? [...this.letters.values()].filter((letter) => letter.state === 'open').map(({ id }) => id)
    const room = state === 'skipped' ? Number.POSITIVE_INFINITY : this.room
    let taken = 0
    const items = ids.map((id): DeadLetterChange => {
      const letter = this.letters.get(id)
      if (letter === undefined) return { id, ok: false, reason: 'There is no such dead letter.' }
      if (letter.state !== 'open') return { id, ok: false, reason: `It is ${letter.state}.` }
      if (taken >= room) return { id, ok: false, reason: 'Too many are on their way.', later: true }
      taken++
      if (!dryRun) this.letters.set(id, { ...letter, state })
      return { id, ok: true, state }
    })
    if (!dryRun) this.room -= state === 'redriving' ? taken : 0
    const remaining = items.filter((item) => !item.ok && item.later).length
    return { items, taken, remaining, ...(state === 'redriving' ? { room: room - taken } : {}) }
  }
}

function attempt(n: number): AttemptInfo {
  return {
    group: 'clinic',
    topic: 'permits',
    event: 'e0',
    position: '0-0',
    key: '7',
    attempt: n,
    at,
    durationMs: 12,
    outcome: n === 1 ? 'retry' : 'done',
    reason: n === 1 ? 'HTTP 500' : null,
    request: 'POST http://127.0.0.1:4290/',
    status: n === 1 ? 500 : 200,
    answer: '<b>',
    errorClass: n === 1 ? 'server_error' : null,
  }
}

/** A dead letter that nobody has touched, but for what the test is about. */
export function deadLetter(id: string, about: Partial<DeadLetterDetail> = {}): DeadLetterDetail {
  return {
    id,
    state: 'open',
    group: 'clinic',
    topic: 'permits',
    event: 'e0',
    position: '0-0',
    key: '7',
    reason: 'HTTP 422: <b>no street</b>',
    errorClass: 'refused',
    attempts: 1,
    at,
    edited: false,
    parked: 0,
    content: {
      id: 'e0',
      topic: 'permits',
      type: 'permits',
      version: 1,
      key: '7',
      source: 'anonymous',
      time: at,
      payload: { permitId: 7 },
      qos: 'at_least_once',
      replayable_until: at,
      position: '0-0',
      received: at,
    },
    tries: [attempt(1)],
    ...about,
  }
}
