import { type Bus, type Message, type RegisteredAdapter, type Subscription, SyncError } from '@hms-sync/client'
import type { Adapter, AdapterConfig } from './adapter.js'
import { leaseMs } from './lease.js'
import { readAdapter } from './reading/read-adapter.js'
import { AdapterRun } from './running/adapter-run.js'
import { toWireOutcome } from './wire-outcome.js'

/** An adapter at work in this process. */
export interface HostedAdapter extends RegisteredAdapter {
  /** Where it writes: addresses without secrets. */
  readonly target: string
  /** Resolves when it was closed; rejects with the reason when the bus ended it. */
  readonly closed: Promise<void>
}

/**
 * Runs an adapter in the caller's own process, through the SDK: it subscribes as the group `name`, so the bus keeps its
 * place, and every event is mapped and sent from here. Resolves when the bus has accepted the subscription.
 * @param config Short or full form, with or without `defineAdapter`.
 * @throws SyncError `invalid_config` with every fault; what `subscribe` refuses, such as `unknown_topic`.
 */
export async function hostAdapter(bus: Bus, name: string, config: AdapterConfig | object): Promise<HostedAdapter> {
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
    throw error instanceof SyncError && error.code === 'qos_mismatch' ? cannotRepeat(name, error) : error
  }
  return hosted
}

class HostedHere implements HostedAdapter {
  readonly name: string
  readonly target: string
  readonly #run: AdapterRun
  readonly #subscription: Subscription
  #closing: Promise<void> | undefined

  constructor(adapter: Adapter, name: string, subscribe: (run: AdapterRun, handler: (message: Message) => Promise<void>) => Subscription) {
    this.name = name
    this.target = [...new Set(adapter.routes.map(({ to }) => to.target))].join(', ')
    this.#run = new AdapterRun(adapter, name)
    this.#subscription = subscribe(this.#run, (message) => this.#take(message))
  }

  get closed(): Promise<void> {
    return this.#subscription.closed
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

function cannotRepeat(name: string, cause: SyncError): SyncError {
  return new SyncError(
    'invalid_config',
    `The adapter "${name}" can only repeat what it did, and takes a topic that is exactly_once. Write acceptDuplicates: true into the adapter, or take the topic out. The bus says: ${cause.message}`,
    { cause },
  )
}

interface Hosting {
  readonly name: string
  readonly adapter: Adapter
  readonly run: AdapterRun
}

function subscribe(bus: Bus, { name, adapter, run }: Hosting, handler: (message: Message) => Promise<void>): Subscription {
  const sinks = adapter.routes.map(({ to }) => to)
  // Asking for less than exactly_once is how the bus is told that a repeat repeats the effect; it refuses where that is promised not to be.
  const repeats = !adapter.acceptDuplicates && sinks.every(({ effect }) => effect === 'at_least_once')
  const options = {
    group: name,
    concurrency: run.concurrency,
    ackTimeoutMs: leaseMs(sinks),
    policy: adapter.policy,
    ...(repeats ? { qos: 'at_least_once' as const } : {}),
  }
  const { every, declared, named } = topicsOf(adapter)
  return every ? bus.subscribe(handler, options) : bus.subscribe(named, handler, { ...options, declared })
}

/** The topics of all sinks; the bus resolves patterns, and knows which topics list the adapter. */
function topicsOf({ routes }: Adapter): { readonly every: boolean; readonly declared: boolean; readonly named: readonly string[] } {
  const choices = routes.map(({ topics }) => topics)
  return {
    every: choices.some(({ kind }) => kind === 'all'),
    declared: choices.some(({ kind }) => kind === 'declared'),
    named: [...new Set(choices.flatMap((choice) => (choice.kind === 'named' ? choice.patterns : [])))],
  }
}
