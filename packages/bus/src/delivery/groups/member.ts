import type { Membership, Receiver } from '../receiver.js'
import type { ChosenTopics } from './chosen-topics.js'

/** What a member needs of its group. */
export interface MemberGroup {
  readonly name: string
  topics(chosen?: ChosenTopics): readonly string[]
  dispatch(): void
  leave(member: Member): void
  handBack(tokens: readonly string[]): void
}

export interface MemberOptions {
  readonly group: MemberGroup
  readonly topics: ChosenTopics
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

  constructor(options: MemberOptions) {
    this.#options = options
    this.receiver = options.receiver
    this.ackTimeoutMs = options.ackTimeoutMs
  }

  get group(): string {
    return this.#options.group.name
  }
  get topics(): readonly string[] {
    const { topics, group } = this.#options
    return topics.open ? group.topics(topics) : topics.named
  }

  /** Whether it may take topics that nobody named. */
  get open(): boolean {
    return this.#options.topics.open
  }

  takes(topic: { readonly name: string; readonly consumers: readonly string[] | null }): boolean {
    return this.#options.topics.takes(topic)
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
