import type { Report } from '../answer.js'
import { Answer } from '../answer.js'
import type { Problem } from '../errors.js'
import { fromProblem, SyncError } from '../errors.js'
import { ByRef } from '../link/by-ref.js'
import type { Link } from '../link/link.js'
import { Deadlines, type Expiring } from '../timing/deadlines.js'
import { monotonicMs, OncePerTick } from '../timing/tick.js'
import type { SettleResult, WireOutcome } from '../wire.js'

const timeoutMs = 10_000
/** So many, of so many characters, stay below the bus's limit of a frame. */
const maxItems = 250
const maxCharacters = 250_000

interface Settling extends Expiring {
  readonly sub: number
  readonly item: WireOutcome & { readonly token: string }
  readonly answer: Answer<void>
}

export interface SettlerHome {
  readonly link: () => Link
  readonly report: Report
  readonly nextRef: () => number
  readonly changed: () => void
}

/** Sends how deliveries ended: those of one turn travel together, and each resolves when the bus has it durably. */
export class Settler {
  readonly #home: SettlerHome
  readonly #waiting = new Map<number, Settling[]>()
  readonly #unanswered = new ByRef<readonly Settling[]>()
  readonly #deadlines = new Deadlines<Settling>((settling) => this.#expire(settling))
  readonly #flush = new OncePerTick(() => this.flush())
  #idle: (() => void)[] = []

  constructor(home: SettlerHome) {
    this.#home = home
  }

  get pending(): number {
    return this.#deadlines.size
  }

  settle(sub: number, token: string, outcome: WireOutcome): Promise<void> {
    const answer = new Answer<void>(this.#home.report)
    const settling: Settling = { sub, item: { ...outcome, token }, answer, deadline: monotonicMs() + timeoutMs, place: -1 }
    const waiting = this.#waiting.get(sub)
    if (waiting === undefined) this.#waiting.set(sub, [settling])
    else waiting.push(settling)
    if (this.pending === 0) this.#home.changed()
    this.#deadlines.add(settling)
    this.#flush.ask()
    return answer.promise
  }

  /** Sends at once what waits: before an `unsubscribe`, which would hand it back. */
  flush(): void {
    const link = this.#home.link()
    if (!link.up) return
    for (const [sub, waiting] of this.#waiting) {
      for (const part of inParts(waiting)) {
        const ref = this.#home.nextRef()
        this.#unanswered.add(ref, part)
        link.send({ op: 'settle', ref, sub, items: part.map(({ item }) => item) })
      }
    }
    this.#waiting.clear()
  }

  settled(ref: number, results: readonly SettleResult[]): void {
    const part = this.#unanswered.take(ref)
    if (part === undefined) return
    for (let i = 0; i < part.length; i++) {
      const { answer } = this.#finish(part[i]!)
      if (results[i] === 'ok') answer.resolve()
      else answer.fail(expired('its time ran out, or it was settled before'))
    }
    this.#settledSome()
  }

  /** True when the ref was one of ours. */
  failed(ref: number, problem: Problem): boolean {
    const part = this.#unanswered.take(ref)
    if (part === undefined) return false
    for (const settling of part) this.#finish(settling).answer.fail(fromProblem(problem))
    this.#settledSome()
    return true
  }

  /** A delivery ends with its connection: whatever was not confirmed comes again. */
  lost(): void {
    this.#failAll(() => expired('the connection to the bus was lost before this was confirmed'))
  }

  fail(error: SyncError): void {
    this.#failAll(() => error)
  }

  idle(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #failAll(error: () => SyncError): void {
    const left = [...this.#unanswered.drain(), ...this.#waiting.values()].flat()
    this.#waiting.clear()
    for (const settling of left) this.#finish(settling).answer.fail(error())
    this.#settledSome()
  }

  #expire(settling: Settling): void {
    settling.answer.fail(new SyncError('timeout', 'The bus did not confirm in 10 s how the delivery ended; the event may come again.'))
    this.#settledSome()
  }

  #finish(settling: Settling): Settling {
    this.#deadlines.delete(settling)
    return settling
  }

  #settledSome(): void {
    if (this.pending > 0) return
    this.#home.changed()
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

function inParts(waiting: readonly Settling[]): readonly (readonly Settling[])[] {
  const parts: Settling[][] = []
  let room = 0
  for (const settling of waiting) {
    const size = charactersOf(settling.item)
    if (room < size || parts.at(-1)!.length === maxItems) {
      parts.push([])
      room = maxCharacters
    }
    parts.at(-1)!.push(settling)
    room -= size
  }
  return parts
}

/** Most outcomes say nothing but that it is done. */
function charactersOf(outcome: WireOutcome): number {
  const least = 100
  if (outcome.outcome === 'extend') return least
  const { attempt } = outcome
  const reason = outcome.outcome === 'done' ? 0 : (outcome.reason?.length ?? 0)
  if (attempt === undefined) return least + reason
  const captured = attempt.captured === undefined ? 0 : JSON.stringify(attempt.captured).length
  return 2 * least + reason + (attempt.request?.length ?? 0) + (attempt.answer?.length ?? 0) + captured
}

export function expired(why: string): SyncError {
  return new SyncError('expired', `The delivery is no longer yours: ${why}. The event comes again to the group.`)
}
