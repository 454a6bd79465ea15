import { type Bus, type Message, type RegisteredAdapter, type Subscription, SyncError } from '@hms-sync/client'
import type { Adapter, AdapterConfig } from './adapter.js'
import { leaseMs } from './lease.js'
import { readAdapter } from './reading/read-adapter.js'
import { AdapterRun } from './running/adapter-run.js'
import { isPattern } from './topic-pattern.js'
import { toWireOutcome } from './wire-outcome.js'

/**
 * Runs an adapter in the caller's own process, through the SDK: it subscribes as the group `name`, so the bus keeps its
 * place, and every event is mapped and sent from here. Resolves when the bus has accepted the subscription.
 * @param config Short or full form, with or without `defineAdapter`.
 * @throws SyncError `invalid_config` with every fault; `not_supported_yet` for topic patterns, which only files may use.
 */
export async function hostAdapter(bus: Bus, name: string, config: AdapterConfig | object): Promise<RegisteredAdapter> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(name)) {
    throw new SyncError(
      'invalid_config',
      `An adapter's name has 1 to 100 letters, digits, "-", "_" and ".", and begins with a letter or digit; this one is ${JSON.stringify(String(name).slice(0, 100))}.`,
    )
  }
  const adapter = readAdapter(config, `The adapter "${name}"`)
  const hosted = new HostedHere(adapter, name, (run, handler) => subscribe(bus, { name, adapter, run }, handler))
  try {
    await hosted.ready()
  } catch (error) {
    await hosted.close()
    throw error
  }
  return hosted
}

class HostedHere implements RegisteredAdapter {
  readonly name: string
  readonly #run: AdapterRun
  readonly #subscription: Subscription
  #closing: Promise<void> | undefined

  constructor(adapter: Adapter, name: string, subscribe: (run: AdapterRun, handler: (message: Message) => Promise<void>) => Subscription) {
    this.name = name
    this.#run = new AdapterRun(adapter, name)
    this.#subscription = subscribe(this.#run, (message) => this.#take(message))
  }

  ready(): Promise<void> {
    return this.#subscription.ready
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #take(message: Message): Promise<void> {
    return new Promise((resolve) => {
      this.#run.deliver(message.event, message.attempt, (outcome, durationMs, filtered) => {
        // Not awaited: the next event need not wait for the disk. What was settled too late comes again with the same key.
        message.settle(toWireOutcome(outcome, durationMs, filtered)).catch(() => {})
        resolve()
      })
    })
  }

  async #close(): Promise<void> {
    try {
      await this.#subscription.close()
      await this.#subscription.closed.catch(() => {})
    } finally {
      await this.#run.close()
    }
  }
}

interface Hosting {
  readonly name: string
  readonly adapter: Adapter
  readonly run: AdapterRun
}

function subscribe(bus: Bus, { name, adapter, run }: Hosting, handler: (message: Message) => Promise<void>): Subscription {
  const sinks = adapter.routes.map(({ to }) => to)
  const options = { group: name, concurrency: run.concurrency, ackTimeoutMs: leaseMs(sinks), policy: adapter.policy }
  const topics = namedTopics(name, adapter)
  return topics === null ? bus.subscribe(handler, options) : bus.subscribe(topics, handler, options)
}

/** null: every topic that the principal may read, which is what both `all` and saying nothing mean over the wire. */
function namedTopics(name: string, { routes }: Adapter): readonly string[] | null {
  const names = new Set<string>()
  for (const { topics } of routes) {
    if (topics.kind !== 'named') return null
    const pattern = topics.patterns.find(isPattern)
    if (pattern !== undefined)
      throw new SyncError(
        'not_supported_yet',
        `The adapter "${name}" names the pattern "${pattern}", which this version takes only from files in adapters/. List the topics by name, or write all: true.`,
      )
    for (const topic of topics.patterns) names.add(topic)
  }
  return [...names]
}
