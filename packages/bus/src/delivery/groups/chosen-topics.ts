import { isPattern, matchesTopic, SyncError, topicPatternFault } from '@hms-sync/client'
import { isBuiltIn } from '../../registry/built-in-topics.js'

/** A topic as far as it matters who takes it. */
interface Choosable {
  readonly name: string
  readonly consumers: readonly string[] | null
}

/** What a member asks for. */
export interface TopicsAsked {
  /** Names and patterns; null: every topic that is open to all or names the group. */
  readonly topics: readonly string[] | null
  /** Also the topics that list the group under `consumers`, and when none does, all without such a list. */
  readonly declared?: boolean
}

/** The topics that a member takes, of those there are and of those that come. None of the bus itself, unless it is named. */
export class ChosenTopics {
  /** Asked for by name: each has to be there. */
  readonly named: readonly string[]
  /** Whether it may take topics that come later. */
  readonly open: boolean
  readonly #group: string
  readonly #names: ReadonlySet<string>
  readonly #patterns: readonly string[]
  readonly #every: boolean
  readonly #declared: boolean
  /** `declared`, where no topic lists the group. */
  readonly #unlisted: boolean
  /** A topic that is configured anew is another object. */
  readonly #known = new WeakMap<Choosable, boolean>()

  /** @throws SyncError `invalid_request` for what is neither a name nor a pattern, and for no topic at all. */
  constructor(group: string, { topics, declared = false }: TopicsAsked, known: readonly Choosable[]) {
    this.#group = group
    this.#every = topics === null
    this.named = (topics ?? []).filter((topic) => !isPattern(topic))
    this.#names = new Set(this.named)
    this.#patterns = (topics ?? []).filter(isPattern)
    for (const pattern of this.#patterns) {
      const fault = topicPatternFault(pattern)
      if (fault !== null) throw new SyncError('invalid_request', `"${pattern.slice(0, 100)}" is no pattern of topics: ${fault}.`)
    }
    if (topics?.length === 0 && !declared) throw new SyncError('invalid_request', 'A subscription names at least one topic.')
    this.#declared = declared
    this.#unlisted = declared && !known.some(({ consumers }) => consumers?.includes(group))
    this.open = this.#every || declared || this.#patterns.length > 0
  }

  takes(topic: Choosable): boolean {
    let takes = this.#known.get(topic)
    if (takes === undefined) {
      takes = this.#decide(topic)
      this.#known.set(topic, takes)
    }
    return takes
  }

  #decide({ name, consumers }: Choosable): boolean {
    if (this.#names.has(name)) return true
    if (isBuiltIn(name) || (consumers !== null && !consumers.includes(this.#group))) return false
    if (this.#every || this.#patterns.some((pattern) => matchesTopic(pattern, name))) return true
    return this.#declared && (consumers !== null || this.#unlisted)
  }
}
