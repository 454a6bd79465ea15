import { isBuiltIn } from '../registry/built-in-topics.js'
import type { Membership, Receiver } from './receiver.js'

/** What a member needs of its group. */
export interface MemberGroup {
  readonly name: string
  topics(): readonly string[]
  dispatch(): void
  leave(member: Member): void
  handBack(tokens: readonly string[]): void
}

export interface MemberOptions {
  readonly group: MemberGroup
  /** null: every topic of the group, also later ones. */
  readonly topics: readonly string[] | null
  readonly ackTimeoutMs: number
  readonly receiver: Receiver
}

/** One receiver's place in a group, and how much it wants. */
export class Member implements Membership {
  readonly receiver: Receiver
  readonly ackTimeoutMs: number
  /** Deliveries it asked for and has not got. */
  wants = 0
  readonly #options: MemberOptions
  readonly #topics: ReadonlySet<string> | null

  constructor(options: MemberOptions) {
    this.#options = options
    this.receiver = options.receiver
    this.ackTimeoutMs = options.ackTimeoutMs
    this.#topics = options.topics === null ? null : new Set(options.topics)
  }

  get group(): string {
    return this.#options.group.name
  }
  get topics(): readonly string[] {
    return this.#options.topics ?? this.#options.group.topics().filter((topic) => !isBuiltIn(topic))
  }

  get everyTopic(): boolean {
    return this.#topics === null
  }

  /** A member of every topic takes those that are open to all or name its group, but none of the bus itself. */
  takes({ name, consumers }: { readonly name: string; readonly consumers: readonly string[] | null }): boolean {
    if (this.#topics !== null) return this.#topics.has(name)
    return !isBuiltIn(name) && (consumers === null || consumers.includes(this.group))
  }

  ready(n: number): void {
    this.wants += n
    this.#options.group.dispatch()
  }

  pause(): void {
    this.wants = 0
  }

  handBack(tokens: readonly string[]): void {
    this.#options.group.handBack(tokens)
  }

  leave(): void {
    this.#options.group.leave(this)
  }
}
