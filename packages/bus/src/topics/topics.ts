import { nearest, SyncError } from '@hms-sync/client'
import type { BusParts } from '../bus-parts.js'
import { compileContracts } from '../contracts/compile-contracts.js'
import type { Groups } from '../delivery/groups/groups.js'
import { Topic, type TopicParts } from '../publish/topic.js'
import { builtInTopics } from '../registry/built-in-topics.js'
import type { Project, TopicConfig } from '../registry/config.js'
import { defaultTopic } from '../registry/default-topic.js'
import { type PlanFacts, type PlannedChange, planChanges, type TopicFacts } from '../registry/plan.js'
import { parseTopics, serialiseTopics } from '../registry/snapshot.js'
import { topicNamePattern } from '../registry/topics-schema.js'
import { checkDurability } from './check-durability.js'
import { measure } from './describe-topic.js'

/** Bytes of recent events kept in memory for readers at the tail, over all topics. */
const ringBytes = 4 * 1_048_576
const appliedDocument = 'registry'

/** The registry at work: each topic opened as it is configured, and changed under traffic. */
export class Topics {
  readonly #parts: BusParts
  readonly #groups: Groups
  readonly #onFault: (error: Error) => void
  readonly #topics = new Map<string, Topic>()
  #project: Project
  readonly #closing = new AbortController()
  /** One change of the registry at a time. */
  #changing: Promise<unknown> = Promise.resolve()
  /** The topic that is coming into being by its first publish. */
  #making: string | null = null

  constructor(parts: BusParts, groups: Groups, onFault: (error: Error) => void) {
    this.#parts = parts
    this.#groups = groups
    this.#onFault = onFault
    this.#project = parts.project
  }

  all(): readonly Topic[] {
    return [...this.#topics.values()]
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** The topic that takes events at once; undefined also while it comes into being: what was published first must get in first. */
  ready(name: string): Topic | undefined {
    return name === this.#making ? undefined : this.#topics.get(name)
  }

  /** @throws SyncError `unknown_topic` with the nearest name. */
  get(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    const near = nearest(name, [...this.#topics.keys()])
    const hint = near === null ? '' : ` Did you mean "${near}"?`
    throw new SyncError(
      'unknown_topic',
      `There is no topic "${String(name).slice(0, 100)}".${hint} Add it with \`hms-sync topics add\` and \`hms-sync topics apply\`, or see \`hms-sync topics list\`.`,
    )
  }

  /** Opens the registry's topics and those of the bus itself, then the groups. */
  async open(files: Project, acceptLoss: readonly string[]): Promise<void> {
    const project = await this.#withMadeAtPublish(files)
    await this.#refuseLosses(project, acceptLoss)
    const before = await this.#applied()
    await this.#dropRemoved(before, project)
    const applied = new Set(before.map((config) => config.name))
    const configs = [...project.topics, ...builtInTopics()]
    for (const config of configs) this.#topics.set(config.name, await Topic.open(config, this.#topicParts(configs.length)))
    await this.#groups.load(this.#topics)
    for (const topic of this.all()) await this.#declare(topic, !applied.has(topic.name))
    await this.#remember(project)
  }

  async plan(project: Project): Promise<readonly PlannedChange[]> {
    const applied = await this.#applied()
    return planChanges(applied, project.topics, await this.#facts(applied))
  }

  /** @throws SyncError `change_refused`. */
  apply(files: Project, acceptLoss: readonly string[]): Promise<readonly PlannedChange[]> {
    return this.#inTurn(async () => {
      const project = await this.#withMadeAtPublish(files)
      const changes = await this.#refuseLosses(project, acceptLoss)
      await this.#dropRemoved(await this.#applied(), project)
      for (const config of project.topics) await this.#take(config)
      await this.#remember(project)
      return changes
    })
  }

  /** With `--dev` a topic comes into being at its first publish. @throws SyncError `unknown_topic`. */
  async atFirstPublish(name: string): Promise<Topic> {
    if (!this.#project.config.dev || !new RegExp(topicNamePattern).test(name)) return this.get(name)
    await this.#inTurn(async () => {
      if (this.#topics.has(name)) return
      this.#making = name
      try {
        const topics = [...this.#project.topics, defaultTopic(name)]
        await this.#take(topics.at(-1)!)
        await this.#remember({ ...this.#project, topics })
      } finally {
        this.#making = null
      }
    })
    return this.get(name)
  }

  /** Resolves when what was published has its answer, or after five seconds. */
  async drain(): Promise<void> {
    const answered = this.all().flatMap((topic) =>
      topic.awaited.all().map((awaited) => new Promise<void>((resolve) => awaited.follow(() => resolve()))),
    )
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(5_000, resolve)
      void Promise.all(answered).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(
      this.all().map((topic) =>
        topic.close().catch((error: unknown) => {
          const fields = { topic: topic.name, error: (error as Error).message }
          this.#parts.log.warn(fields, 'The dedupe window could not be written; the next start reads that part of the log again.')
        }),
      ),
    )
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work)
    this.#changing = turn.catch(() => {})
    return turn
  }

  async #take(config: TopicConfig): Promise<void> {
    const known = this.#topics.get(config.name)
    if (known !== undefined) {
      await known.reconfigure(config)
      return this.#declare(known, false)
    }
    const isNew = !(await this.#applied()).some((applied) => applied.name === config.name)
    const topic = await Topic.open(config, this.#topicParts(this.#topics.size + 1))
    // Before anybody can join it: a group that came meanwhile would be taken up twice.
    await this.#groups.load(new Map([[config.name, topic]]))
    this.#topics.set(config.name, topic)
    await this.#declare(topic, isNew)
  }

  /** A consumer is owed what is published from the moment it is declared; of a new topic, everything. */
  async #declare(topic: Topic, isNew: boolean): Promise<void> {
    for (const consumer of topic.config.consumers ?? []) await this.#groups.declare(consumer, topic, isNew ? 'all' : 'now')
    // Groups that are there already take in partitions that came later; members take in a new one that they would take.
    for (const group of this.#groups.of(topic)) await this.#groups.declare(group, topic, 'all')
    for (const group of this.#groups.taking(topic, isNew)) await this.#groups.declare(group, topic, isNew ? 'all' : 'now')
  }

  /** A topic that the registry no longer names is no longer served, its events go, and so does what was owed of it. The loss was accepted. */
  async #dropRemoved(applied: readonly TopicConfig[], project: Project): Promise<void> {
    const { engine, store } = this.#parts
    const wanted = new Set(project.topics.map((config) => config.name))
    for (const { name } of applied.filter((config) => !wanted.has(config.name))) {
      const topic = this.#topics.get(name)
      this.#topics.delete(name)
      if (topic !== undefined) {
        const why = topicRemoved(name)
        this.#groups.withdraw(topic, why)
        await topic.remove(why)
      }
      for (const { partition, next } of await engine.span(name)) {
        if (next !== undefined) await engine.trim(name, partition, next, this.#closing.signal)
      }
      const groups = new Set((await store.progress()).filter((row) => row.topic === name).map((row) => row.group))
      await store.commit([...groups].map((group) => ({ kind: 'group_deleted', group, topic: name })))
    }
  }

  /** With `--dev`, topics that came into being at a publish stay, though no file names them. */
  async #withMadeAtPublish(files: Project): Promise<Project> {
    if (!files.config.dev) return files
    const named = new Set(files.topics.map((config) => config.name))
    const made = (await this.#applied()).filter((config) => !named.has(config.name))
    return { ...files, topics: [...files.topics, ...made] }
  }

  async #refuseLosses(project: Project, acceptLoss: readonly string[]): Promise<readonly PlannedChange[]> {
    for (const config of project.topics) checkDurability(config, this.#parts.engine.can)
    const changes = await this.plan(project)
    const lossy = changes.filter((change) => change.refused !== undefined && (change.final === true || !acceptLoss.includes(change.topic)))
    if (lossy.length === 0) return changes
    throw new SyncError('change_refused', `Nothing was applied: ${lossy.map((change) => `${change.topic}: ${change.refused}`).join(' ')}`)
  }

  async #applied(): Promise<readonly TopicConfig[]> {
    const text = await this.#parts.store.document(appliedDocument)
    return text === null ? [] : parseTopics(text)
  }

  async #remember(project: Project): Promise<void> {
    this.#project = project
    await this.#parts.store.commit([{ kind: 'document', name: appliedDocument, text: serialiseTopics(project.topics) }])
  }

  async #facts(applied: readonly TopicConfig[]): Promise<PlanFacts> {
    const facts = new Map<string, TopicFacts>()
    for (const config of applied) {
      await this.#parts.engine.ensureTopic({ name: config.name, partitions: config.partitions, retentionMs: config.retentionMs })
      const { events, bytes, firstReceived } = await measure(this.#parts.engine, config.name)
      facts.set(config.name, { events, bytes, firstReceived })
    }
    return { now: this.#parts.clock.now(), topics: facts }
  }

  #topicParts(topics: number): TopicParts {
    const { engine, store, clock } = this.#parts
    return { engine, store, clock, compileContracts, onFault: this.#onFault, ringBytes: Math.max(65_536, Math.floor(ringBytes / topics)) }
  }
}

function topicRemoved(name: string): SyncError {
  return new SyncError(
    'gone',
    `The topic ${name} was removed, and its events with it. Take it out of what you follow; or write it into topics.yaml again, run \`hms-sync topics apply\`, and subscribe anew.`,
  )
}
