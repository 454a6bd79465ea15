import { SyncError, toProblem } from '#dist/errors.js'
import type { ChannelHandlers, OpenChannel } from '#dist/link/open-channel.js'
import type { ClientFrame, Envelope, GroupOutcome, PublishResult, ServerFrame, WireEvent } from '#dist/wire.js'
import { MemoryGroup } from './memory-group.js'

/**
 * A bus in memory that speaks the frames of the wire: small, without durability, retention or partitions. It exists so that
 * the SDK can be tried against a peer that behaves, before and beside the real one.
 */
export class MemoryBus {
  readonly topics = new Map<string, { readonly key: string | undefined; readonly events: WireEvent[] }>()
  readonly #groups = new Map<string, MemoryGroup>()
  readonly #links = new Set<MemoryLink>()

  readonly open: OpenChannel = async (handlers) => new MemoryLink(this, handlers)

  declare(topic: string, key: string | undefined): void {
    this.topics.set(topic, { key, events: [] })
  }

  publish(source: string, topic: string, events: readonly Envelope[]): readonly PublishResult[] {
    const log = this.#log(topic)
    const results = events.map((envelope) => this.#store(source, topic, log, envelope))
    for (const group of this.#groups.values()) group.feed()
    for (const link of this.#links) link.feed()
    return results
  }

  group(name: string, topics: readonly string[], from: string | undefined): MemoryGroup {
    const known = this.#groups.get(name)
    const group = known ?? new MemoryGroup()
    this.#groups.set(name, group)
    for (const topic of topics) group.include(this.#log(topic).events, from === 'all')
    return group
  }

  hasMember(group: string): boolean {
    return this.#groups.get(group)?.hasMember ?? false
  }

  eventsOf(topic: string): readonly WireEvent[] {
    return this.#log(topic).events
  }

  /** Looks every few milliseconds. */
  async outcomes(topic: string, position: string, timeoutMs: number): Promise<readonly GroupOutcome[]> {
    const { events } = this.#log(topic)
    const event = events.find((one) => one.position === position)!
    for (const giveUp = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
      const through = [...this.#groups].flatMap(([group, one]) => {
        const is = one.isThrough(events, event)
        return is === null ? [] : [{ group, outcome: is ? 'delivered' : 'pending', attempts: is ? 1 : 0 } as const]
      })
      if (Date.now() >= giveUp || through.every(({ outcome }) => outcome === 'delivered')) return through
    }
  }

  opened(link: MemoryLink): void {
    this.#links.add(link)
  }

  closed(link: MemoryLink): void {
    this.#links.delete(link)
  }

  /** Cuts all connections. */
  cut(): void {
    for (const link of [...this.#links]) link.cut()
  }

  #log(topic: string): { readonly key: string | undefined; readonly events: WireEvent[] } {
    const log = this.topics.get(topic)
    if (log === undefined) throw new SyncError('unknown_topic', `There is no topic "${topic}".`)
    return log
  }

  #store(
    source: string,
    topic: string,
    log: { readonly key: string | undefined; readonly events: WireEvent[] },
    envelope: Envelope,
  ): PublishResult {
    const before = log.events.find((event) => event.id === envelope.id && event.source === source)
    if (before !== undefined && JSON.stringify(before.payload) === JSON.stringify(envelope.payload)) {
      return { status: 200, id: before.id, position: before.position, duplicate: true }
    }
    if (before !== undefined) return { status: 409, error: toProblem(new SyncError('id_reused', `The id "${before.id}" was used.`)) }
    const key =
      envelope.key ??
      log.key?.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], envelope.payload)
    const received = new Date().toISOString()
    const event: WireEvent = {
      id: String(envelope.id),
      topic,
      type: envelope.type ?? topic,
      version: envelope.version ?? 1,
      ...(key === undefined ? {} : { key: typeof key === 'string' ? key : JSON.stringify(key) }),
      source,
      time: envelope.time ?? received,
      payload: envelope.payload,
      ...(envelope.traceparent === undefined ? {} : { traceparent: envelope.traceparent }),
      qos: 'at_least_once',
      replayable_until: new Date(Date.now() + 60_000).toISOString(),
      position: `0-${log.events.length}`,
      received,
    }
    log.events.push(event)
    return { status: 201, id: event.id, position: event.position, duplicate: false }
  }
}

interface Reader {
  readonly next: Map<string, number>
  readonly untilNow: boolean
  credit: number
}

class MemoryLink {
  readonly #bus: MemoryBus
  readonly #handlers: ChannelHandlers
  readonly #readers = new Map<number, Reader>()
  readonly #members = new Map<number, MemoryGroup>()
  readonly bufferedBytes = 0
  #name = 'anonymous'
  #over = false

  constructor(bus: MemoryBus, handlers: ChannelHandlers) {
    this.#bus = bus
    this.#handlers = handlers
    bus.opened(this)
  }

  send(text: string): void {
    // Later, as over any wire: a peer never answers inside send().
    setImmediate(() => {
      if (!this.#over) this.#take(JSON.parse(text) as ClientFrame)
    })
  }

  close(): void {
    this.#end()
  }

  cut(): void {
    this.#end()
    this.#handlers.closed(null)
  }

  feed(): void {
    for (const [sub, reader] of this.#readers) this.#read(sub, reader)
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#bus.closed(this)
    for (const group of this.#members.values()) group.leave(this)
  }

  #say(frame: ServerFrame): void {
    if (!this.#over) this.#handlers.frame(JSON.stringify(frame))
  }

  #take(frame: ClientFrame): void {
    try {
      this.#act(frame)
    } catch (error) {
      const target = 'ref' in frame ? { ref: frame.ref } : 'sub' in frame ? { sub: frame.sub } : {}
      this.#say({ op: 'failed', ...target, error: toProblem(error) })
    }
  }

  #act(frame: ClientFrame): void {
    if (frame.op === 'hello') {
      this.#name = frame.name ?? 'anonymous'
      this.#say({ op: 'welcome', v: 1, name: this.#name, limits: { maxBodyBytes: 1_048_576, maxBatch: 512 } })
    } else if (frame.op === 'publish')
      this.#say({ op: 'published', ref: frame.ref, results: this.#bus.publish(this.#name, frame.topic, frame.events) })
    else if (frame.op === 'outcomes')
      void this.#bus
        .outcomes(frame.topic, frame.position, frame.timeoutMs)
        .then((outcomes) => this.#say({ op: 'outcomes', ref: frame.ref, outcomes }))
    else if (frame.op === 'subscribe') this.#subscribe(frame)
    else if (frame.op === 'credit') this.#credit(frame.sub, frame.n)
    else if (frame.op === 'settle') {
      const results = frame.items.map((item) => this.#members.get(frame.sub)?.settle(item.token, item) ?? 'expired')
      this.#say({ op: 'settled', ref: frame.ref, results })
    } else this.#unsubscribe(frame.sub)
  }

  #subscribe(frame: Extract<ClientFrame, { op: 'subscribe' }>): void {
    const topics = frame.topics ?? [...this.#bus.topics.keys()]
    for (const topic of topics) this.#bus.eventsOf(topic)
    if (frame.group === undefined) {
      const next = new Map(
        topics.map((topic) => [topic, Number(frame.after?.[topic] ?? (frame.since === undefined ? this.#bus.eventsOf(topic).length : 0))]),
      )
      const reader: Reader = { next, untilNow: frame.until === 'now', credit: frame.credit }
      this.#readers.set(frame.sub, reader)
      this.#say({ op: 'subscribed', sub: frame.sub, topics })
      for (const [topic, start] of next) this.#say({ op: 'events', sub: frame.sub, topic, next: String(start), items: [] })
      this.#read(frame.sub, reader)
      return
    }
    const group = this.#bus.group(frame.group, topics, frame.from)
    this.#members.set(frame.sub, group)
    this.#say({ op: 'subscribed', sub: frame.sub, topics, group: frame.group })
    group.join(this, frame.sub, topics, frame.ackTimeoutMs ?? 30_000, (items) => this.#say({ op: 'deliveries', sub: frame.sub, items }))
    group.credit(this, frame.sub, frame.credit)
  }

  #credit(sub: number, n: number): void {
    const reader = this.#readers.get(sub)
    this.#members.get(sub)?.credit(this, sub, n)
    if (reader === undefined) return
    reader.credit += n
    this.#read(sub, reader)
  }

  #unsubscribe(sub: number): void {
    this.#readers.delete(sub)
    this.#members.get(sub)?.leave(this, sub)
    this.#members.delete(sub)
  }

  #read(sub: number, reader: Reader): void {
    let left = 0
    for (const [topic, next] of reader.next) {
      const events = this.#bus.eventsOf(topic)
      const items = events.slice(next, next + reader.credit)
      left += events.length - next - items.length
      if (items.length === 0) continue
      reader.credit -= items.length
      reader.next.set(topic, next + items.length)
      this.#say({ op: 'events', sub, topic, next: String(next + items.length), items })
    }
    if (!reader.untilNow || left > 0) return
    this.#readers.delete(sub)
    this.#say({ op: 'ended', sub })
  }
}
