import type { SettleResult, WireDelivery, WireEvent, WireOutcome } from '#dist/wire.js'

const retryMs = 20

interface Owed {
  readonly event: WireEvent
  attempt: number
  /** Not before (ms since 1970). */
  due: number
}

interface Out {
  readonly owed: Owed
  readonly link: object
  readonly sub: number
  timer: NodeJS.Timeout
}

interface Member {
  readonly link: object
  readonly sub: number
  readonly topics: readonly string[]
  readonly ackTimeoutMs: number
  readonly receive: (items: readonly WireDelivery[]) => void
  credit: number
}

/** One group of the bus in memory: what it is owed, what is out, one delivery a key. */
export class MemoryGroup {
  readonly #logs = new Map<readonly WireEvent[], number>()
  readonly #owed: Owed[] = []
  readonly #out = new Map<string, Out>()
  readonly #members: Member[] = []
  #tokens = 0

  get hasMember(): boolean {
    return this.#members.length > 0
  }

  include(events: readonly WireEvent[], fromStart: boolean): void {
    if (!this.#logs.has(events)) this.#logs.set(events, fromStart ? 0 : events.length)
    this.feed()
  }

  join(link: object, sub: number, topics: readonly string[], ackTimeoutMs: number, receive: Member['receive']): void {
    this.#members.push({ link, sub, topics, ackTimeoutMs, receive, credit: 0 })
  }

  credit(link: object, sub: number, n: number): void {
    for (const member of this.#members) if (member.link === link && member.sub === sub) member.credit += n
    this.feed()
  }

  leave(link: object, sub?: number): void {
    for (const [token, out] of [...this.#out]) {
      if (out.link === link && (sub === undefined || out.sub === sub)) this.#take(token)
    }
    for (const member of this.#members.filter((one) => one.link === link && (sub === undefined || one.sub === sub))) {
      this.#members.splice(this.#members.indexOf(member), 1)
    }
    this.feed()
  }

  settle(token: string, outcome: WireOutcome): SettleResult {
    const out = this.#out.get(token)
    if (out === undefined) return 'expired'
    if (outcome.outcome === 'extend') {
      clearTimeout(out.timer)
      out.timer = this.#lease(token, outcome.byMs)
      return 'ok'
    }
    const { owed } = this.#take(token, false)
    if (outcome.outcome !== 'done') {
      owed.attempt++
      this.#again(owed, outcome.delayMs ?? retryMs)
    }
    this.feed()
    return 'ok'
  }

  /** Gives out what may go: in order, one delivery of a key at a time, to members in turn. */
  feed(): void {
    for (const [events, next] of this.#logs) {
      for (const event of events.slice(next)) this.#owed.push({ event, attempt: 1, due: 0 })
      this.#logs.set(events, events.length)
    }
    const busy = new Set([...this.#out.values()].map(({ owed }) => lane(owed.event)))
    for (const owed of [...this.#owed]) {
      const key = lane(owed.event)
      if (busy.has(key)) continue
      if (key !== undefined) busy.add(key)
      if (owed.due > Date.now()) continue
      const member = this.#members.find(({ credit, topics }) => credit > 0 && topics.includes(owed.event.topic))
      if (member !== undefined) this.#give(owed, member)
    }
  }

  /** Whether it is through with an event; null: it does not take from that log. */
  isThrough(events: readonly WireEvent[], event: WireEvent): boolean | null {
    if (!this.#logs.has(events)) return null
    return ![...this.#owed, ...[...this.#out.values()].map(({ owed }) => owed)].some((owed) => owed.event === event)
  }

  #give(owed: Owed, member: Member): void {
    this.#owed.splice(this.#owed.indexOf(owed), 1)
    member.credit--
    this.#members.push(...this.#members.splice(this.#members.indexOf(member), 1))
    const token = `t${++this.#tokens}`
    this.#out.set(token, { owed, link: member.link, sub: member.sub, timer: this.#lease(token, member.ackTimeoutMs) })
    member.receive([
      { token, attempt: owed.attempt, deadline: new Date(Date.now() + member.ackTimeoutMs).toISOString(), event: owed.event },
    ])
  }

  #lease(token: string, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const out = this.#out.get(token)
      if (out === undefined) return
      out.owed.attempt++
      this.#take(token)
      this.feed()
    }, ms)
    return timer.unref()
  }

  #take(token: string, owedAgain = true): Out {
    const out = this.#out.get(token) as Out
    clearTimeout(out.timer)
    this.#out.delete(token)
    if (owedAgain) this.#again(out.owed, 0)
    return out
  }

  /** Back in its place: before everything later of its topic. */
  #again(owed: Owed, delayMs: number): void {
    owed.due = Date.now() + delayMs
    const place = this.#owed.findIndex(
      ({ event }) => event.topic === owed.event.topic && Number(event.position.slice(2)) > Number(owed.event.position.slice(2)),
    )
    this.#owed.splice(place === -1 ? this.#owed.length : place, 0, owed)
    if (delayMs > 0) setTimeout(() => this.feed(), delayMs + 1).unref()
  }
}

function lane(event: WireEvent): string | undefined {
  return event.key === undefined ? undefined : `${event.topic} ${event.key}`
}
