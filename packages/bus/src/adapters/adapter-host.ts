import { stat } from 'node:fs/promises'
import { type AdapterInfo, type AdapterTest, type AdapterTestRequest, SyncError } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Log } from '../observe/log.js'
import { isBuiltIn } from '../registry/built-in-topics.js'
import type { Project } from '../registry/config.js'
import type { Environment } from '../registry/environment.js'
import { adapterEnvironment } from './adapter-environment.js'
import { AdapterThread, defaultThreadLimits, type ThreadLimits } from './adapter-thread.js'
import { topicsOfAll } from './adapter-topics.js'
import { type AdapterBus, HostedAdapter } from './hosted-adapter.js'
import type { Loaded } from './protocol.js'
import { testAdapter } from './test-adapter.js'
import { WorkerThreads } from './worker-threads.js'

export interface AdapterHostParts {
  readonly bus: AdapterBus
  readonly project: Project
  readonly log: Log
  readonly clock: Clock
  /** Whether nobody can prove who they are: see `topicsOf`. Default true, which is all that this version has. */
  readonly openLoopback?: boolean
  readonly limits?: Partial<ThreadLimits>
}

/** Work under way has so long to end before it is handed back (SIGTERM leaves 10 s in all). */
const drainMs = 8_000

type AdapterFile = Project['adapterFiles'][number]

/**
 * Runs the adapter files of a project. Each code adapter has a worker thread of its own; YAML adapters, which are data,
 * share one. An adapter that fails stops with a notice and nothing else does; it starts again by `reload`, or at the
 * next `apply` when its file has changed or it never came to its work. There is no restart by itself: the event that
 * ended it would end it again.
 */
export class AdapterHost {
  readonly #parts: AdapterHostParts
  readonly #limits: ThreadLimits
  readonly #hosted = new Map<string, HostedAdapter>()
  readonly #threads: WorkerThreads
  readonly #versions = new Map<string, string>()
  #environment: Readonly<Record<string, string>>
  #dev: boolean
  /** Changes are made one after another. */
  #changes: Promise<unknown> = Promise.resolve()
  /** One test at a time. */
  #tests: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  private constructor(parts: AdapterHostParts) {
    this.#parts = parts
    this.#limits = { ...defaultThreadLimits, ...parts.limits }
    this.#environment = adapterEnvironment(parts.project)
    this.#dev = parts.project.config.dev
    this.#threads = new WorkerThreads({
      ...parts,
      limits: this.#limits,
      environment: () => this.#environment,
      onBystanders: (hosted) => this.#startAgain(hosted),
    })
  }

  /** Resolves when each adapter runs or has failed; a failure is in the log and in `stats`, never thrown. */
  static async start(parts: AdapterHostParts): Promise<AdapterHost> {
    const host = new AdapterHost(parts)
    await Promise.all(parts.project.adapterFiles.map((file) => host.#start(file)))
    return host
  }

  stats(): readonly AdapterInfo[] {
    return [...this.#hosted.values()].map((hosted) => hosted.stats()).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * Loads an adapter's file anew; what is under way is finished or handed back first. Adapters that are loaded from now
   * on find these variables, where they are given. @throws SyncError `not_found`; `adapter_failed` with the reason.
   */
  reload(name: string, environment?: Environment): Promise<AdapterInfo> {
    return this.#inTurn(() => this.#reload(name, environment))
  }

  async #reload(name: string, environment?: Environment): Promise<AdapterInfo> {
    const hosted = this.#find(name)
    if (environment !== undefined) this.#environment = adapterEnvironment({ ...this.#parts.project, environment })
    await this.#restart(hosted)
    const stats = hosted.stats()
    if (stats.state === 'failed') throw new SyncError('adapter_failed', `The adapter "${name}" failed again: ${stats.reason}`)
    return stats
  }

  /** What an adapter's file, as it is now, would send for these events. Sends nothing, and leaves the adapter that runs alone. @throws as `testAdapter`, and `not_found`. */
  test(name: string, request: AdapterTestRequest): Promise<readonly AdapterTest[]> {
    const tested = this.#tests.then(() => {
      const { path } = this.#find(name)
      const { bus, clock } = this.#parts
      const nobody = { onOutcomes: () => {}, onPrinted: () => {}, onDeath: () => {} }
      const thread = new AdapterThread({ ...nobody, clock, limits: this.#limits, environment: this.#environment })
      return testAdapter({ bus, clock, name, path, thread, topicsOf: (loaded) => this.#namedTopics(name, loaded) }, request)
    })
    this.#tests = tested.catch(() => {})
    return tested
  }

  #find(name: string): HostedAdapter {
    const hosted = this.#hosted.get(name)
    if (hosted !== undefined) return hosted
    throw new SyncError(
      'not_found',
      `There is no adapter "${name.slice(0, 100)}". Known are: ${[...this.#hosted.keys()].join(', ') || 'none'}.`,
    )
  }

  /** Takes up another project: new files start, missing ones end, changed ones and their topics are taken up, and those that could not start try again. The others go on undisturbed. */
  apply(project: Project): Promise<void> {
    return this.#inTurn(() => this.#apply(project))
  }

  async #apply(project: Project): Promise<void> {
    this.#environment = adapterEnvironment(project)
    this.#dev = project.config.dev
    const wanted = new Map(project.adapterFiles.map((file) => [file.name, file]))
    const known = [...this.#hosted.values()]
    await Promise.all(known.filter(({ name, path }) => wanted.get(name)?.path !== path).map((hosted) => this.#remove(hosted)))
    await Promise.all([...wanted.values()].map((file) => this.#takeUp(file)))
  }

  /** Joins the topics that are there now, where that changes what an adapter receives. */
  topicsChanged(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all([...this.#hosted.values()].map((hosted) => this.#retune(hosted)))
    })
  }

  /** Finishes what is under way, at most 8 s, hands back the rest and ends the workers. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#inTurn(() => this.#close())
    return this.#closing
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changes.then(change)
    this.#changes = changed.catch(() => {})
    return changed
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#hosted.values()].map((hosted) => this.#remove(hosted)))
    await this.#threads.close()
  }

  async #start(file: AdapterFile): Promise<void> {
    const hosted = new HostedAdapter(file.name, file.path, this.#parts)
    this.#hosted.set(file.name, hosted)
    await this.#launch(hosted)
  }

  async #takeUp(file: AdapterFile): Promise<void> {
    const hosted = this.#hosted.get(file.name)
    if (hosted === undefined) await this.#start(file)
    else if (hosted.failedToStart || this.#versions.get(file.name) !== (await versionOf(file.path))) await this.#restart(hosted)
    else await this.#retune(hosted)
  }

  async #launch(hosted: HostedAdapter): Promise<void> {
    const { name, path } = hosted
    this.#versions.set(name, await versionOf(path))
    try {
      const loaded = await this.#threads.load(hosted)
      await hosted.run(loaded, this.#topicsOf(name, loaded), (items) => this.#threads.deliver(hosted, items))
      const { target, topics } = hosted.stats()
      if (!hosted.running) return
      this.#parts.log.info(
        { adapter: name, target, topics },
        topics.length > 0 ? 'An adapter runs.' : 'An adapter runs, but no topic is for it.',
      )
    } catch (error) {
      await this.#threads.end(hosted)
      hosted.fail((error as Error).message, 'start')
    }
  }

  async #restart(hosted: HostedAdapter, waitMs = drainMs): Promise<void> {
    await this.#end(hosted, waitMs)
    hosted.restarts++
    await this.#launch(hosted)
  }

  async #remove(hosted: HostedAdapter): Promise<void> {
    await this.#end(hosted)
    this.#hosted.delete(hosted.name)
  }

  async #end(hosted: HostedAdapter, waitMs = drainMs): Promise<void> {
    await hosted.drain(waitMs)
    hosted.stop()
    await this.#threads.end(hosted)
  }

  async #retune(hosted: HostedAdapter): Promise<void> {
    if (!hosted.running || hosted.loaded === undefined) return
    try {
      const topics = this.#topicsOf(hosted.name, hosted.loaded)
      if (hosted.receives(topics)) return
      const drained = await hosted.drain(drainMs)
      if (!hosted.running) return
      if (drained) await hosted.join(topics)
      // What its worker still has would be told under slots that are given out anew, and be taken for another event's outcome.
      else await this.#restart(hosted, 0)
    } catch (error) {
      hosted.fail((error as Error).message, 'start')
    }
  }

  /** Their worker died of another's mapping. */
  #startAgain(bystanders: readonly HostedAdapter[]): void {
    for (const hosted of bystanders) hosted.stop()
    void this.#inTurn(async () => {
      for (const hosted of bystanders) {
        if (this.#hosted.get(hosted.name) !== hosted || hosted.running) continue
        hosted.restarts++
        await this.#launch(hosted)
      }
    })
  }

  #namedTopics(name: string, loaded: Loaded): readonly string[] {
    return topicsOfAll(name, loaded, this.#parts.bus.topicConfigs(), this.#parts.openLoopback ?? true)
  }

  /** null: all, also ones that come later. */
  #topicsOf(name: string, loaded: Loaded): readonly string[] | null {
    const topics = this.#namedTopics(name, loaded)
    // With --dev, topics come into being at their first publish, and its event is not to be missed.
    const published = this.#parts.bus.topicConfigs().filter((topic) => !isBuiltIn(topic.name)).length
    return this.#dev && loaded.topics.some(({ kind }) => kind !== 'named') && topics.length === published ? null : topics
  }
}

/** Changes when the file does; a missing file has a version too. */
async function versionOf(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`,
    () => 'missing',
  )
}
