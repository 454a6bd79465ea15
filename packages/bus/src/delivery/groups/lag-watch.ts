import type { GroupInfo } from '@hms-sync/client'
import type { Clock, Timer } from '../../clock.js'
import type { Log } from '../../observe/log.js'
import type { Notices } from '../../observe/notices.js'
import { lagNotice } from '../delivery-notices.js'

export interface LagWatchParts {
  readonly clock: Clock
  readonly log: Log
  readonly notices: Notices
  readonly limit: { readonly events: number; readonly ageMs: number }
  readonly groups: () => Promise<readonly GroupInfo[]>
}

const everyMs = 30_000
/** Whoever was told of is told of again only after it was so much better, in parts of the limit: a lag that sways at its limit is one notice. */
const better = 0.5

/** Looks from time to time how far groups are behind, and tells once of each that is too far. */
export class LagWatch {
  readonly #parts: LagWatchParts
  /** Groups and topics that are too far behind, by name. As many as there are at most. */
  #told: ReadonlySet<string> = new Set()
  #timer: Timer | null = null
  #closed = false

  constructor(parts: LagWatchParts) {
    this.#parts = parts
  }

  start(): void {
    if (this.#closed) return
    this.#timer = this.#parts.clock.after(everyMs, () => {
      this.#look()
        .catch((error: unknown) => this.#parts.log.error({ error: (error as Error).message }, 'The lag of groups could not be read.'))
        .finally(() => this.start())
    })
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  async #look(): Promise<void> {
    const groups = await this.#parts.groups()
    if (this.#closed) return
    const behind = new Set<string>()
    for (const { name: group, topics } of groups) {
      for (const { topic, lag, oldestWaiting } of topics) {
        const place = `${group}\n${topic}`
        const told = this.#told.has(place)
        if (!this.#isBehind(lag, oldestWaiting, told ? better : 1)) continue
        behind.add(place)
        if (!told) this.#parts.notices.tell(lagNotice(group, topic, lag, oldestWaiting))
      }
    }
    this.#told = behind
  }

  #isBehind(lag: number, oldestWaiting: string | null, part: number): boolean {
    const { clock, limit } = this.#parts
    if (lag === 0) return false
    return lag >= limit.events * part || (oldestWaiting !== null && clock.now() - Date.parse(oldestWaiting) >= limit.ageMs * part)
  }
}
