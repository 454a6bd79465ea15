import { BusyMap } from '../../busy-map.js'
import type { Clock, Timer } from '../../clock.js'
import type { Consumption } from '../consumption/consumption.js'
import type { Entry } from '../consumption/lanes.js'
import type { Member } from './member.js'

/** One delivery under way. */
export interface Flight {
  readonly entry: Entry
  readonly consumption: Consumption
  readonly member: Member
  /** Monotonic ms. */
  readonly sentAt: number
  /** Monotonic ms. */
  deadline: number
}

/** The deliveries of one group that are out, by their tokens, and the clock that runs on them. */
export class UnderWay {
  readonly #clock: Clock
  readonly #newToken: () => string
  readonly #late: (flights: readonly Flight[]) => void
  readonly #flights = new BusyMap<string, Flight>()
  #sweep: { readonly timer: Timer; readonly at: number } | null = null

  /** @param late gets what was not settled in time; it is under way no longer. */
  constructor(clock: Clock, newToken: () => string, late: (flights: readonly Flight[]) => void) {
    this.#clock = clock
    this.#newToken = newToken
    this.#late = late
  }

  get size(): number {
    return this.#flights.size
  }

  /** Answers the token that settles it. */
  add(consumption: Consumption, entry: Entry, member: Member): string {
    const token = this.#newToken()
    const sentAt = this.#clock.monotonic()
    const deadline = sentAt + member.ackTimeoutMs
    this.#flights.set(token, { entry, consumption, member, sentAt, deadline })
    this.#sweepAt(deadline)
    return token
  }

  get(token: string): Flight | undefined {
    return this.#flights.get(token)
  }

  extend(flight: Flight, byMs: number): void {
    flight.deadline = this.#clock.monotonic() + byMs
  }

  /** It is under way no longer. */
  end(token: string): void {
    this.#flights.delete(token)
  }

  /** Ends those that `which` picks, and answers their entries by consumption. */
  takeBack(which: (flight: Flight, token: string) => boolean): ReadonlyMap<Consumption, readonly Entry[]> {
    const back = new Map<Consumption, Entry[]>()
    for (const [token, flight] of this.#flights.entries()) {
      if (!which(flight, token)) continue
      this.#flights.delete(token)
      const entries = back.get(flight.consumption)
      if (entries === undefined) back.set(flight.consumption, [flight.entry])
      else entries.push(flight.entry)
    }
    return back
  }

  /** Ends its timer. */
  close(): void {
    this.#sweep?.timer.cancel()
    this.#sweep = null
  }

  #sweepAt(deadline: number): void {
    if (this.#sweep !== null && this.#sweep.at <= deadline) return
    this.#sweep?.timer.cancel()
    const timer = this.#clock.after(Math.max(0, deadline - this.#clock.monotonic()), () => this.#sweepNow())
    this.#sweep = { timer, at: deadline }
  }

  #sweepNow(): void {
    this.#sweep = null
    const now = this.#clock.monotonic()
    let earliest = Number.POSITIVE_INFINITY
    const late: Flight[] = []
    for (const [token, flight] of this.#flights.entries()) {
      if (flight.deadline > now) {
        earliest = Math.min(earliest, flight.deadline)
        continue
      }
      this.#flights.delete(token)
      late.push(flight)
    }
    if (earliest !== Number.POSITIVE_INFINITY) this.#sweepAt(earliest)
    this.#late(late)
  }
}
