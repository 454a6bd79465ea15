import { hash } from 'node:crypto'
import type { WireEvent } from '@hms-sync/client'
import { idempotencyKey } from '../idempotency-key.js'

interface Done {
  /** A payload that was edited since is another one: every sink gets it. */
  readonly payload: string
  readonly sinks: Set<number>
}

const maxRemembered = 10_000

/** Which sinks have an event that others of the same adapter have not: a repeat passes over them. */
export class HalfDone {
  readonly #events = new Map<string, Done>()

  /** The numbers of the sinks that have taken this very event. */
  of(event: WireEvent): ReadonlySet<number> {
    const known = this.#events.get(idempotencyKey(event))
    return known !== undefined && known.payload === digest(event) ? known.sinks : none
  }

  set(event: WireEvent, sinks: Set<number>): void {
    this.forget(event)
    if (sinks.size === 0) return
    this.#events.set(idempotencyKey(event), { payload: digest(event), sinks })
    const [oldest] = this.#events.keys()
    if (this.#events.size > maxRemembered && oldest !== undefined) this.#events.delete(oldest)
  }

  forget(event: WireEvent): void {
    if (this.#events.size > 0) this.#events.delete(idempotencyKey(event))
  }
}

const none: ReadonlySet<number> = new Set()

function digest({ payload }: WireEvent): string {
  return hash('sha256', JSON.stringify(payload), 'base64url')
}
