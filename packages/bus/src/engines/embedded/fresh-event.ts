import type { LogEvent, Offset, StoredEvent } from '../../event.js'

/** An event that became durable a moment ago: the one that was appended, and where it lies. */
export class FreshEvent implements StoredEvent {
  readonly received: number
  readonly #appended: LogEvent
  readonly #position: number

  constructor(appended: LogEvent, received: number, position: number) {
    this.#appended = appended
    this.received = received
    this.#position = position
  }

  get id(): string {
    return this.#appended.id
  }

  get source(): string {
    return this.#appended.source
  }

  get key(): string | null {
    return this.#appended.key
  }

  get body(): string {
    return this.#appended.body
  }

  get bodyBytes(): number | undefined {
    return this.#appended.bodyBytes
  }

  get offset(): Offset {
    return BigInt(this.#position)
  }
}
