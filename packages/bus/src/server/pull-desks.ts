import { SyncError } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Principal } from '../security/principal.js'
import { PullDesk, type PullTerms } from './pull-desk.js'

const maxDesks = 1_000

/** The groups that callers pull from over HTTP. */
export class PullDesks {
  readonly #bus: SyncBus
  readonly #desks = new Map<string, Promise<PullDesk>>()

  constructor(bus: SyncBus) {
    this.#bus = bus
  }

  /** The desk for these terms, joined to the group. @throws what `SyncBus.join` throws. */
  async desk(principal: Principal, terms: PullTerms): Promise<PullDesk> {
    // `from` is for a group that is new; it makes no other membership of an existing one.
    const key = JSON.stringify([
      principal.name,
      terms.group,
      terms.topics === null ? null : [...terms.topics].sort(),
      terms.ackTimeoutMs,
      terms.qos,
    ])
    const open = this.#desks.get(key)
    if (open !== undefined) return open
    if (this.#desks.size >= maxDesks)
      throw new SyncError('overloaded', `More than ${maxDesks} groups are being pulled from. Let callers share groups, or use the stream.`)
    const desk = PullDesk.open(this.#bus, principal, terms, () => {
      if (this.#desks.get(key) === desk) this.#desks.delete(key)
    })
    this.#desks.set(key, desk)
    desk.catch(() => this.#desks.delete(key))
    return desk
  }

  /** Leases of this group were prolonged: its memberships must live as long. */
  async keep(group: string, untilMs: number): Promise<void> {
    for (const desk of await this.#open()) if (desk.group === group) desk.keep(untilMs)
  }

  /** Ends every wait with the error and hands back what is out. May be called twice. */
  async close(error: SyncError): Promise<void> {
    for (const desk of await this.#open()) desk.close(error)
  }

  async #open(): Promise<readonly PullDesk[]> {
    const settled = await Promise.allSettled(this.#desks.values())
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }
}
