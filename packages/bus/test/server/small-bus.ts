import type { GroupInfo, TopicInfo } from '@hms-sync/client'
import { type PublishResult, SyncError, toProblem } from '@hms-sync/client'
import type { JoinOptions, ReadBatch, ReadOptions, SyncBus } from '#dist/bus.js'
import { systemClock } from '#dist/clock.js'
import type { GroupCounts } from '#dist/delivery/groups/group-counts.js'
import type { Delivery, Membership, Receiver, Settlement } from '#dist/delivery/receiver.js'
import { DurationHistogram } from '#dist/delivery/targets/duration-histogram.js'
import type { OutgoingEvent } from '#dist/event.js'
import type { Incoming } from '#dist/publish/incoming.js'
import type { Principal } from '#dist/security/principal.js'
import { SmallOperations } from './small-operations.js'

/**
 * The surface of a bus over plain memory, one partition, one topic `permits`: for what concerns the doors alone, such
 * as a reader that does not read or a bus that is not ready.
 */
export class SmallBus {
  readonly operations = new SmallOperations()
  readonly parts = { clock: systemClock }
  readonly durability = 'power'
  readonly events: OutgoingEvent[] = []
  readonly published: { readonly principal: Principal; readonly events: readonly Incoming[] }[] = []
  readonly handedBack: string[] = []
  readonly settlements: { readonly group: string; readonly settlements: readonly Settlement[] }[] = []
  readonly members = new Set<SmallMember>()
  ready: { readonly ready: boolean; readonly reason?: string } = { ready: true }
  /** Publishing waits for it, where set. */
  hold: Promise<void> | null = null
  #wake: (() => void)[] = []

  /** What the server takes. */
  get bus(): SyncBus {
    return this as unknown as SyncBus
  }

  async publish(principal: Principal, topic: string, events: readonly Incoming[]): Promise<readonly PublishResult[]> {
    this.#known(topic)
    this.published.push({ principal, events })
    await this.hold
    return events.map((event) => {
      if (event.type === 'bad') return { status: 422, error: toProblem(new SyncError('invalid_event', 'It is bad.')) }
      const known = this.events.find(({ id }) => id === event.id)
      if (known !== undefined) return { status: 200, id: known.id, position: `0-${known.offset}`, duplicate: true }
      const { id, offset } = this.append(event.payload, event.id, event.key)
      return { status: 201, id, position: `0-${offset}`, duplicate: false }
    })
  }

  append(payload: unknown, id = `e${this.events.length}`, key: string | null = null): OutgoingEvent {
    const offset = BigInt(this.events.length)
    const wire = JSON.stringify({ id, topic: 'permits', payload, position: `0-${offset}` })
    const event = { topic: 'permits', partition: 0, offset, key, id, source: 'anonymous', received: Date.now(), wire }
    this.events.push(event)
    for (const wake of this.#wake.splice(0)) wake()
    for (const member of this.members) member.offer()
    return event
  }

  async *read(_principal: Principal, { topic, after, since, untilNow, key, signal }: ReadOptions): AsyncIterable<ReadBatch> {
    this.#known(topic)
    if (after !== undefined && !/^\d+$/.test(after)) throw new SyncError('invalid_request', 'This is not a cursor.')
    let at = after === undefined ? (since === undefined ? this.events.length : 0) : Number(after)
    yield { events: [], next: String(at), cursorAt: () => String(at) }
    for (;;) {
      const start = at
      at = this.events.length
      const events = this.events.slice(start, at).filter((event) => key === undefined || event.key === key)
      if (events.length > 0) yield { events, next: String(at), cursorAt: (i) => String(events.at(i)!.offset + 1n) }
      if (untilNow || signal.aborted) return
      if (at === this.events.length) {
        await new Promise<void>((resolve) => {
          this.#wake.push(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      if (signal.aborted) return
    }
  }

  async join(_principal: Principal, { group, topics }: JoinOptions, receiver: Receiver): Promise<Membership> {
    for (const topic of topics ?? []) this.#known(topic)
    const member = new SmallMember(this, group, receiver)
    this.members.add(member)
    return member
  }

  async settle(group: string, settlements: readonly Settlement[]): Promise<readonly ('ok' | 'expired')[]> {
    this.settlements.push({ group, settlements })
    return settlements.map(({ token }) => (token.startsWith('t') ? 'ok' : 'expired'))
  }

  async topics(): Promise<readonly TopicInfo[]> {
    return [await this.topic({ name: 'anonymous' }, 'permits')]
  }

  async topic(_principal: Principal, name: string): Promise<TopicInfo> {
    this.#known(name)
    const { length } = this.events
    return {
      name,
      description: 'Permits of the city <script>alert(1)</script>',
      qos: 'at_least_once',
      key: 'permitId',
      retention: '7d',
      partitions: 1,
      schema: 'v1',
      unvalidated: true,
      producers: null,
      consumers: ['clinic'],
      events: length,
      bytes: length * 100,
      firstReceived: null,
      published: length,
      duplicates: 1,
      unrouted: 2,
      groups: ['clinic'],
    }
  }

  async groups(): Promise<readonly GroupInfo[]> {
    return [await this.group('clinic')]
  }

  deliveryCounts(): readonly GroupCounts[] {
    const durations = new DurationHistogram()
    for (const ms of [3, 30, 120_000]) durations.add(ms)
    const counts = { delivered: 7, filtered: 4, failed: 2, retried: 1, dead: 1, superseded: 5 }
    return [{ group: 'clinic', durations, topics: [{ topic: 'permits', ...counts }] }]
  }

  noticeCounts() {
    return new Map([['dead_letter', 2]])
  }

  async group(name: string): Promise<GroupInfo> {
    if (name !== 'clinic') throw new SyncError('unknown_group', `There is no group ${name}. Did you mean clinic?`)
    const lastError = { at: '2026-11-21T10:00:00.000Z', reason: 'HTTP 500 <b>' }
    return {
      name,
      members: 1,
      topics: [
        {
          topic: 'permits',
          declared: true,
          lag: 3,
          oldestWaiting: '2026-11-21T10:00:00.000Z',
          inFlight: 1,
          retrying: 1,
          delivered: 7,
          failed: 2,
          dead: 1,
          parked: 2,
          lastError,
          cursor: 'x.0',
        },
      ],
      health: { state: 'failing', since: lastError.at, reason: 'connection <i>refused', nextProbe: null },
      deadLetters: [...this.operations.letters.values()].filter(({ state }) => state === 'open').length,
    }
  }

  async seek(group: string, to: string): Promise<GroupInfo> {
    if (to === 'never') throw new SyncError('invalid_request', 'That is no place.')
    return this.group(group)
  }

  async deleteGroup(group: string): Promise<void> {
    await this.group(group)
  }

  async apply(_project: unknown, acceptLoss: readonly string[]) {
    if (acceptLoss.length === 0) throw new SyncError('change_refused', 'permits would lose its events.')
    return [{ topic: 'permits', what: 'removed' }]
  }

  health() {
    return this.ready
  }

  #known(topic: string): void {
    if (topic !== 'permits') throw new SyncError('unknown_topic', `There is no topic ${topic}. Did you mean permits?`)
  }
}

export class SmallMember implements Membership {
  readonly topics = ['permits']
  readonly owner: SmallBus
  readonly group: string
  readonly receiver: Receiver
  credit = 0
  left = false
  #next = 0

  constructor(owner: SmallBus, group: string, receiver: Receiver) {
    this.owner = owner
    this.group = group
    this.receiver = receiver
  }

  ready(n: number): void {
    this.credit += n
    queueMicrotask(() => this.offer())
  }

  pause(): void {
    this.credit = 0
  }

  handBack(tokens: readonly string[]): void {
    this.owner.handedBack.push(...tokens)
    this.#next -= tokens.length
  }

  leave(): void {
    this.left = true
    this.owner.members.delete(this)
  }

  offer(): void {
    const events = this.owner.events.slice(this.#next, this.#next + this.credit)
    if (events.length === 0) return
    this.#next += events.length
    this.credit -= events.length
    this.receiver.receive(
      events.map((event): Delivery => ({ token: `t${event.offset}`, attempt: 1, deadline: Date.now() + 30_000, event })),
    )
  }
}
