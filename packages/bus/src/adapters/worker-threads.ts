import type { Clock } from '../clock.js'
import type { Log } from '../observe/log.js'
import { AdapterThread, type ThreadLimits } from './adapter-thread.js'
import type { HostedAdapter } from './hosted-adapter.js'
import type { Loaded } from './protocol.js'

export interface WorkerThreadsParts {
  readonly clock: Clock
  readonly log: Log
  readonly limits: ThreadLimits
  readonly environment: () => Readonly<Record<string, string>>
  /** These ran in a worker that is over, though nothing of theirs was the cause: they are to be started again. */
  readonly onBystanders: (hosted: readonly HostedAdapter[]) => void
}

interface Place {
  readonly thread: AdapterThread
  readonly id: number
}

/**
 * The workers that adapters run in: one for each code adapter, and one that YAML adapters, which are data, share. When a
 * worker dies, the adapter whose mapping was running has failed; others in it start again.
 */
export class WorkerThreads {
  readonly #parts: WorkerThreadsParts
  readonly #places = new Map<HostedAdapter, Place>()
  /** Adapters whose files are being loaded, each with its worker: it may print by then. */
  readonly #loading = new Map<HostedAdapter, AdapterThread>()
  #shared: AdapterThread | undefined

  constructor(parts: WorkerThreadsParts) {
    this.#parts = parts
  }

  /** Loads an adapter's file. @throws SyncError `adapter_failed` whose message names file, place and what to write. */
  async load(hosted: HostedAdapter): Promise<Loaded> {
    const thread = isData(hosted.path) ? this.#sharedThread() : this.#thread({ owner: hosted.name })
    this.#loading.set(hosted, thread)
    // The shared worker may have begun with an earlier `.env`.
    thread.setEnvironment(this.#parts.environment())
    try {
      const { id, loaded } = await thread.load(hosted.name, hosted.path)
      this.#places.set(hosted, { thread, id })
      return loaded
    } catch (error) {
      if (thread !== this.#shared) await thread.close()
      throw error
    } finally {
      this.#loading.delete(hosted)
    }
  }

  /** Hands deliveries to the adapter's worker: slot, attempt and event text in turn. */
  deliver(hosted: HostedAdapter, items: readonly (number | string)[]): void {
    const place = this.#places.get(hosted)
    place?.thread.deliver(place.id, items)
  }

  /** Takes an adapter out of its worker, and ends a worker of its own. */
  async end(hosted: HostedAdapter): Promise<void> {
    const place = this.#places.get(hosted)
    this.#places.delete(hosted)
    if (place === undefined) return
    if (place.thread === this.#shared) place.thread.unload(place.id)
    else await place.thread.close()
  }

  async close(): Promise<void> {
    await this.#shared?.close()
  }

  #sharedThread(): AdapterThread {
    this.#shared ??= this.#thread({ onDeath: () => (this.#shared = undefined) })
    return this.#shared
  }

  /** `owner`: the one adapter that it is for; it is named also for what is printed before it runs and while it ends. */
  #thread({ owner, onDeath = () => {} }: { readonly owner?: string; readonly onDeath?: () => void }): AdapterThread {
    const { clock, limits, environment, log } = this.#parts
    const thread: AdapterThread = new AdapterThread({
      clock,
      limits,
      environment: environment(),
      onOutcomes: (outcomes) => this.#on(thread, outcomes.id)?.outcomes(outcomes),
      onPrinted: (line) => log.info({ ...adapterField(owner ?? this.#namesOn(thread)), line }, 'An adapter printed a line.'),
      onDeath: (reason, mapping) => {
        onDeath()
        this.#died(thread, reason, mapping)
      },
    })
    return thread
  }

  #died(thread: AdapterThread, reason: string, mapping: { readonly id: number; readonly slot: number } | null): void {
    const there = [...this.#places].filter(([, place]) => place.thread === thread)
    const culprit = there.find(([, { id }]) => id === mapping?.id)?.[0]
    for (const [hosted] of there) {
      this.#places.delete(hosted)
      if (culprit !== undefined && hosted !== culprit) continue
      const event = mapping === null ? null : hosted.describe(mapping.slot)
      hosted.fail(`${hosted.path} ${reason}${event === null ? '' : `, while it mapped ${event}`}`, 'work')
    }
    const bystanders = culprit === undefined ? [] : there.map(([hosted]) => hosted).filter((hosted) => hosted !== culprit)
    if (bystanders.length > 0) this.#parts.onBystanders(bystanders)
  }

  #on(thread: AdapterThread, id: number): HostedAdapter | undefined {
    for (const [hosted, place] of this.#places) if (place.thread === thread && place.id === id) return hosted
    return undefined
  }

  #namesOn(thread: AdapterThread): string {
    const running = [...this.#places].filter(([, place]) => place.thread === thread).map(([hosted]) => hosted.name)
    const loading = [...this.#loading].filter(([, place]) => place === thread).map(([hosted]) => hosted.name)
    return [...new Set([...running, ...loading])].join(', ')
  }
}

/** What Node itself prints in a worker that no adapter is in belongs to none. */
function adapterField(names: string): { readonly adapter?: string } {
  return names === '' ? {} : { adapter: names }
}

function isData(path: string): boolean {
  return /\.ya?ml$/.test(path)
}
