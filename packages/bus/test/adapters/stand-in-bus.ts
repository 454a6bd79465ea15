import type { SettleResult, WireEvent } from '@hms-sync/client'
import type { JoinOptions } from '../../src/bus.js'
import type { Delivery, Membership, Receiver, Settlement } from '../../src/delivery/receiver.js'
import type { OutgoingEvent } from '../../src/event.js'
import type { Notices } from '../../src/observe/notices.js'
import type { TopicConfig } from '../../src/registry/config.js'

interface Owed {
  readonly event: OutgoingEvent
  attempt: number
  token: string | null
  notBefore: number
}

/**
 * The bus as one adapter's host sees it, in memory: one outstanding delivery a key, retries after a moment, everything
 * handed back when the member leaves. The real bus is under test elsewhere.
 */
export class StandInBus {
  readonly joined: JoinOptions[] = []
  readonly settled: Settlement[] = []
  readonly leaves: string[] = []
  readonly notices: Notices = { tell() {} }
  readonly #topics: TopicConfig[]
  readonly #owed: Owed[] = []
  readonly #members = new Map<string, { readonly receiver: Receiver; readonly topics: readonly string[]; wants: number }>()
  #tokens = 0
  #offset = 0n
  readonly retryMs = 20

  constructor(topics: readonly TopicConfig[]) {
    this.#topics = [...topics]
  }

  topicConfigs(): readonly TopicConfig[] {
    return this.#topics
  }

  /** What has been published is not kept: nothing is there to be read. */
  async *read(): AsyncGenerator<never> {}

  addTopic(topic: TopicConfig): void {
    this.#topics.push(topic)
  }

  changeTopic(topic: TopicConfig): void {
    const at = this.#topics.findIndex(({ name }) => name === topic.name)
    this.#topics.splice(at, 1, topic)
  }

  publish(topic: string, payload: WireEvent['payload'], fields: { readonly id?: string; readonly key?: string } = {}): void {
    const offset = this.#offset++
    const id = fields.id ?? `e-${offset}`
    const key = fields.key ?? null
    const wire: WireEvent = {
      id,
      topic,
      type: topic,
      version: 1,
      ...(key === null ? {} : { key }),
      source: 'hms-svc',
      time: '2026-11-21T10:00:00.000Z',
      payload,
      qos: 'at_least_once',
      replayable_until: '2026-11-28T10:00:00.000Z',
      position: `0-${offset}`,
      received: '2026-11-21T10:00:00.000Z',
    }
    this.#owed.push({
      event: { topic, partition: 0, offset, key, id, source: 'hms-svc', received: 0, wire: JSON.stringify(wire) },
      attempt: 1,
      token: null,
      notBefore: 0,
    })
    this.#feed()
  }

  /** Events not settled as done or refused. */
  get owed(): readonly string[] {
    return this.#owed.map(({ event }) => event.id)
  }

  async join(_principal: { readonly name: string }, options: JoinOptions, receiver: Receiver): Promise<Membership> {
    this.joined.push(options)
    const member = { receiver, topics: options.topics ?? [], wants: 0 }
    this.#members.set(options.group, member)
    return {
      group: options.group,
      topics: member.topics,
      ready: (n) => {
        member.wants += n
        queueMicrotask(() => this.#feed())
      },
      pause: () => {
        member.wants = 0
      },
      handBack: (tokens) => this.#handBack((token) => tokens.includes(token)),
      leave: () => {
        this.leaves.push(options.group)
        this.#members.delete(options.group)
        this.#handBack(() => true)
      },
    }
  }

  async settle(_group: string, settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const results = settlements.map(({ token, outcome }): SettleResult => {
      const at = this.#owed.findIndex((owed) => owed.token === token)
      const owed = this.#owed[at]
      if (owed === undefined) return 'expired'
      if (outcome.outcome === 'done' || outcome.outcome === 'refused') this.#owed.splice(at, 1)
      else {
        owed.token = null
        owed.attempt++
        owed.notBefore = performance.now() + this.retryMs
        setTimeout(() => this.#feed(), this.retryMs + 1)
      }
      return 'ok'
    })
    this.settled.push(...settlements)
    queueMicrotask(() => this.#feed())
    return results
  }

  #handBack(which: (token: string) => boolean): void {
    for (const owed of this.#owed) if (owed.token !== null && which(owed.token)) owed.token = null
  }

  #feed(): void {
    for (const member of this.#members.values()) {
      const deliveries: Delivery[] = []
      const busy = new Set<string>()
      for (const owed of this.#owed) {
        if (deliveries.length >= member.wants) break
        const { key, topic } = owed.event
        if (!member.topics.includes(topic) || (key !== null && busy.has(key))) continue
        if (key !== null) busy.add(key)
        if (owed.token !== null || owed.notBefore > performance.now()) continue
        owed.token = `t-${this.#tokens++}`
        deliveries.push({ token: owed.token, attempt: owed.attempt, deadline: 0, event: owed.event })
      }
      member.wants -= deliveries.length
      if (deliveries.length > 0) member.receiver.receive(deliveries)
    }
  }
}
