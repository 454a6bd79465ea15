import { SyncError } from '@hms-sync/client'
import type { JoinOptions, SyncBus } from '../bus.js'
import type { Clock, Timer } from '../clock.js'
import type { Delivery, Membership, Receiver } from '../delivery/receiver.js'
import { formatPosition, type Offset } from '../event.js'
import type { Principal } from '../security/principal.js'

/** Group, topics and terms of a pull: pulls that agree in all of them share one membership. */
export type PullTerms = Pick<JoinOptions, 'group' | 'topics' | 'from' | 'ackTimeoutMs' | 'qos'>

/** What one pull got. */
export interface Pulled {
  readonly deliveries: readonly Delivery[]
  readonly gaps: readonly PulledGap[]
}

export interface PulledGap {
  readonly topic: string
  readonly first: string
  readonly last: string
}

interface Waiter {
  readonly max: number
  readonly deliveries: Delivery[]
  done(result: Pulled | SyncError): void
}

const maxGaps = 100
/** A caller that comes back soon finds its membership still there. */
const lingerMs = 5_000

/**
 * One member of a group on behalf of callers that come and go. Its membership outlives the requests, because the
 * leases of what was handed out hang on it: it leaves when nobody waits and the last of them has run out.
 * It asks the bus for exactly what its waiters can take, so no delivery arrives for nobody.
 */
export class PullDesk implements Receiver {
  readonly group: string
  readonly #clock: Clock
  readonly #onLeft: () => void
  readonly #waiters: Waiter[] = []
  #membership: Membership | null = null
  #gaps: PulledGap[] = []
  #keepUntil = 0
  #leaving: Timer | null = null
  #answering = false
  #ended: SyncError | null = null

  /** Joins the group. @throws what `SyncBus.join` throws. */
  static async open(bus: SyncBus, principal: Principal, terms: PullTerms, onLeft: () => void): Promise<PullDesk> {
    const desk = new PullDesk(terms.group, bus.parts.clock, onLeft)
    desk.#membership = await bus.join(principal, terms, desk)
    desk.#leaveWhenIdle()
    return desk
  }

  private constructor(group: string, clock: Clock, onLeft: () => void) {
    this.group = group
    this.#clock = clock
    this.#onLeft = onLeft
  }

  /**
   * Waits for the first deliveries, at most `max` of them and for `waitMs`; empty when none came. Ends empty when
   * `signal` aborts.
   * @throws SyncError why the membership is over.
   */
  pull(max: number, waitMs: number, signal: AbortSignal): Promise<Pulled> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    this.#leaving?.cancel()
    this.#leaving = null
    return new Promise((resolve, reject) => {
      const giveUp = () => this.#answer(waiter)
      const timer = this.#clock.after(waitMs, giveUp)
      const waiter: Waiter = {
        max,
        deliveries: [],
        done(result) {
          timer.cancel()
          signal.removeEventListener('abort', giveUp)
          if (result instanceof SyncError) reject(result)
          else resolve(result)
        },
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiters.push(waiter)
      if (signal.aborted) giveUp()
      else this.#membership!.ready(max)
    })
  }

  /** The caller hung up before it got them: somebody else gets them at once. */
  handBack(deliveries: readonly Delivery[]): void {
    if (deliveries.length > 0 && this.#ended === null) this.#membership!.handBack(deliveries.map(({ token }) => token))
  }

  /** A lease was prolonged. */
  keep(untilMs: number): void {
    this.#keepUntil = Math.max(this.#keepUntil, untilMs)
  }

  receive(deliveries: readonly Delivery[]): void {
    let next = 0
    for (const waiter of this.#waiters) {
      while (waiter.deliveries.length < waiter.max && next < deliveries.length) waiter.deliveries.push(deliveries[next++]!)
    }
    for (const { deadline } of deliveries) this.keep(deadline)
    if (next < deliveries.length) this.handBack(deliveries.slice(next))
    if (this.#answering) return
    // What becomes ready in the same turn travels in the same answer.
    this.#answering = true
    setImmediate(() => {
      this.#answering = false
      for (const waiter of this.#waiters.filter((waiter) => waiter.deliveries.length > 0)) this.#answer(waiter)
    })
  }

  gap(gap: { readonly topic: string; readonly partition: number; readonly first: Offset; readonly last: Offset }): void {
    if (this.#gaps.length >= maxGaps) return
    this.#gaps.push({ topic: gap.topic, first: formatPosition(gap.partition, gap.first), last: formatPosition(gap.partition, gap.last) })
  }

  ended(error: Error): void {
    this.close(error instanceof SyncError ? error : new SyncError('internal', 'The bus ended this group’s membership; its log says why.'))
  }

  close(error: SyncError): void {
    if (this.#ended !== null) return
    this.#ended = error
    this.#leaving?.cancel()
    for (const waiter of this.#waiters.splice(0)) waiter.done(error)
    this.#membership?.leave()
    this.#onLeft()
  }

  #answer(waiter: Waiter): void {
    const index = this.#waiters.indexOf(waiter)
    if (index === -1) return
    this.#waiters.splice(index, 1)
    // What it asked for beyond what it got is taken back; the others ask again for what they still lack.
    this.#membership!.pause()
    const wanted = this.#waiters.reduce((sum, other) => sum + other.max - other.deliveries.length, 0)
    if (wanted > 0) this.#membership!.ready(wanted)
    waiter.done(this.#result(waiter))
    this.#leaveWhenIdle()
  }

  #result(waiter: Waiter): Pulled {
    const gaps = this.#gaps
    this.#gaps = []
    return { deliveries: waiter.deliveries, gaps }
  }

  #leaveWhenIdle(): void {
    if (this.#waiters.length > 0 || this.#ended !== null || this.#leaving !== null) return
    const waitMs = Math.max(lingerMs, this.#keepUntil - this.#clock.now() + 1_000)
    this.#leaving = this.#clock.after(waitMs, () => {
      this.#leaving = null
      if (this.#keepUntil > this.#clock.now()) this.#leaveWhenIdle()
      else this.close(new SyncError('closed', 'Nobody pulled from this group for a while.'))
    })
  }
}
