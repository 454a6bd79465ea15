import type { OpenedBus } from '#dist/bus-over.js'
import { busOver } from '#dist/bus-over.js'
import type { SyncError } from '#dist/errors.js'
import { toProblem } from '#dist/errors.js'
import type { ChannelHandlers, OpenChannel } from '#dist/link/open-channel.js'
import type { ClientFrame, Envelope, ServerFrame, WireDelivery, WireEvent } from '#dist/wire.js'

type Op = ClientFrame['op']
export type Frame<O extends Op> = Extract<ClientFrame, { op: O }>

/** The other end of the wire, played by the test: it greets by itself, everything else the test says. */
export class ScriptedBus {
  /** Every frame but `hello`, over all connections. */
  readonly frames: ClientFrame[] = []
  readonly hellos: Frame<'hello'>[] = []
  greets = true
  /** Set: the next attempts to connect fail with it. */
  refusal: Error | undefined
  #handlers: ChannelHandlers | undefined
  #taken = new Map<Op, number>()
  #waiting: (() => void)[] = []

  readonly open: OpenChannel = async (handlers) => {
    if (this.refusal !== undefined) throw this.refusal
    this.#handlers = handlers
    return {
      send: (text) => {
        if (this.#handlers === handlers) this.#take(JSON.parse(text) as ClientFrame)
      },
      bufferedBytes: 0,
      close: () => {
        if (this.#handlers === handlers) this.#handlers = undefined
      },
    }
  }

  get connected(): boolean {
    return this.#handlers !== undefined
  }

  say(frame: ServerFrame): void {
    this.#handlers?.frame(JSON.stringify(frame))
  }

  /** Cuts the connection. */
  drop(): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    handlers?.closed(null)
  }

  count(op: Op): number {
    return this.frames.filter((frame) => frame.op === op).length
  }

  /** The next frame of this kind that no test has taken yet. */
  async take<O extends Op>(op: O): Promise<Frame<O>> {
    for (;;) {
      const taken = this.#taken.get(op) ?? 0
      const frame = this.frames.filter((one) => one.op === op)[taken]
      if (frame !== undefined) {
        this.#taken.set(op, taken + 1)
        return frame as Frame<O>
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Answers a publish as stored. */
  store({ ref, events }: Frame<'publish'>): void {
    this.say({
      op: 'published',
      ref,
      results: events.map(({ id }, index) => ({ status: 201, id: String(id), position: `0-${index + 1}`, duplicate: false })),
    })
  }

  /** Confirms a settle. */
  confirm({ ref, items }: Frame<'settle'>): void {
    this.say({ op: 'settled', ref, results: items.map(() => 'ok') })
  }

  accept({ sub, topics, group }: Frame<'subscribe'>): void {
    this.say({ op: 'subscribed', sub, topics: topics ?? [], ...(group === undefined ? {} : { group }) })
  }

  deliver(sub: number, ...items: readonly WireDelivery[]): void {
    this.say({ op: 'deliveries', sub, items })
  }

  fail(target: { ref?: number; sub?: number }, error: SyncError): void {
    this.say({ op: 'failed', ...target, error: toProblem(error) })
  }

  #take(frame: ClientFrame): void {
    if (frame.op === 'hello') {
      this.hellos.push(frame)
      if (this.greets)
        this.say({ op: 'welcome', v: 1, name: frame.name ?? 'anonymous', limits: { maxBodyBytes: 1_048_576, maxBatch: 512 } })
      return
    }
    this.frames.push(frame)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export interface Connected {
  readonly peer: ScriptedBus
  readonly bus: OpenedBus
  readonly errors: Error[]
}

/** A bus object whose other end the test plays. */
export async function connected(options: { name?: string } = {}): Promise<Connected> {
  const peer = new ScriptedBus()
  const errors: Error[] = []
  const bus = busOver(peer.open, { ...options, onError: (error) => errors.push(error) })
  await bus.welcomed
  return { peer, bus, errors }
}

let lastEvent = 0

export function event(topic: string, payload: WireEvent['payload'], more: Partial<WireEvent> = {}): WireEvent {
  const position = `0-${++lastEvent}`
  const time = '2026-11-21T10:00:00.000Z'
  return {
    id: `event-${lastEvent}`,
    topic,
    type: topic,
    version: 1,
    source: 'test',
    time,
    payload,
    qos: 'at_least_once',
    replayable_until: '2026-11-28T10:00:00.000Z',
    position,
    received: time,
    ...more,
  }
}

export function delivery(topic: string, payload: WireEvent['payload'], more: Partial<WireEvent> & { attempt?: number } = {}): WireDelivery {
  const { attempt = 1, ...rest } = more
  const sent = event(topic, payload, rest)
  return { token: `token-${sent.position}`, attempt, deadline: new Date(Date.now() + 30_000).toISOString(), event: sent }
}

export function envelopes(frame: Frame<'publish'>): readonly Envelope[] {
  return frame.events
}

/** Waits until `condition` holds; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets everything that is due in this and the next few turns of the event loop happen. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
