import { type Bus, type Message, type RegisteredAdapter, type Subscription, SyncError } from '@hms-sync/client'
import type { AdapterConfig, Route, TopicChoice } from './adapter.js'
import { deliver } from './deliver.js'
import { leaseMs } from './lease.js'
import { readAdapter } from './read-adapter.js'
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
  const [route] = readAdapter(config, `The adapter "${name}"`).routes as readonly [Route]
  const hosted = new HostedHere(route, name, (handler) => subscribe(bus, name, route, handler))
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
  readonly #route: Route
  readonly #subscription: Subscription
  readonly #stop = new AbortController()
  #closing: Promise<void> | undefined

  constructor(route: Route, name: string, subscribe: (handler: (message: Message) => Promise<void>) => Subscription) {
    this.name = name
    this.#route = route
    this.#subscription = subscribe((message) => this.#take(message))
  }

  ready(): Promise<void> {
    return this.#subscription.ready
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #take(message: Message): Promise<void> {
    const outcome = await deliver(this.#route, message.event, message.attempt, this.#stop.signal)
    // Not awaited: the next event need not wait for the disk. What was settled too late comes again with the same key.
    message.settle(toWireOutcome(outcome)).catch(() => {})
  }

  async #close(): Promise<void> {
    try {
      await this.#subscription.close()
      await this.#subscription.closed.catch(() => {})
    } finally {
      this.#stop.abort()
      await this.#route.to.close()
    }
  }
}

function subscribe(bus: Bus, name: string, route: Route, handler: (message: Message) => Promise<void>): Subscription {
  const options = { group: name, concurrency: route.to.concurrency, ackTimeoutMs: leaseMs(route.to) }
  const topics = namedTopics(name, route.topics)
  return topics === null ? bus.subscribe(handler, options) : bus.subscribe(topics, handler, options)
}

/** null: every topic that the principal may read, which is what both `all` and saying nothing mean over the wire. */
function namedTopics(name: string, choice: TopicChoice): readonly string[] | null {
  if (choice.kind !== 'named') return null
  const pattern = choice.patterns.find(isPattern)
  if (pattern === undefined) return choice.patterns
  throw new SyncError(
    'not_supported_yet',
    `The adapter "${name}" names the pattern "${pattern}", which this version takes only from files in adapters/. List the topics by name, or write all: true.`,
  )
}
