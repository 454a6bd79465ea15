import type { AttemptReport, WireOutcome } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { Offset, OutgoingEvent } from '../../event.js'
import type { Log } from '../../observe/log.js'
import type { Topic } from '../../publish/topic.js'
import type { Change, Progress, Range, Store } from '../../store/store.js'
import { Aftermath, type AftermathOwner } from '../failures/aftermath.js'
import type { GaveUp } from '../failures/dead-letters.js'
import { AttemptLog, outcomeOf } from '../history/attempt-log.js'
import { Feed } from './feed.js'
import { type Again, type Entry, Lanes } from './lanes.js'
import { OutcomeWatch } from './outcome-watch.js'
import type { Moving, ProgressWriter } from './progress-writer.js'
import { Tries } from './tries.js'
import { Turns, type TurnsOwner } from './turns.js'

export interface ConsumptionParts {
  readonly engine: Engine
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly progress: ProgressWriter
  readonly nextDeadLetter: () => number
  readonly maxHeldKeys?: number
}

/** What a consumption tells its group. */
export interface ConsumptionOwner {
  readonly name: string
  /** Something is ready to go out. */
  dispatch(): void
  gap(topic: Topic, partition: number, first: Offset, last: Offset): void
  /** A delivery gave up; its dead letter is on its way to the store. */
  gaveUp(topic: Topic, entry: Entry, why: GaveUp): void
  /** A key has more parked events than are kept: its later ones wait in the log. */
  parkingFull(topic: Topic, key: string): void
  /** Dead letters hold as many keys of a partition as may be: it is read no further. */
  heldFull(topic: Topic, partition: number): void
  /** Ends what is under way of it, has it sleep, and wakes it. */
  startAgain(consumption: Consumption): void
}

/** A wake that failed is tried again so much later. */
const startAgainMs = 1_000

/**
 * One group's way through one partition: keeps order per key, remembers what is settled, what failed and every try.
 * Asleep while nobody is there to take anything: then it holds its place and nothing else.
 */
export class Consumption implements Moving, AftermathOwner, TurnsOwner {
  readonly topic: Topic
  readonly partition: number
  readonly counts = { delivered: 0, filtered: 0, failed: 0, retried: 0, dead: 0, superseded: 0 }
  readonly watch = new OutcomeWatch()
  readonly aftermath: Aftermath
  lastError: { readonly at: number; readonly reason: string } | null = null
  inFlight = 0
  readonly #owner: ConsumptionOwner
  readonly #parts: ConsumptionParts
  readonly #tries: Tries
  readonly #attempts: AttemptLog
  #cursor: Offset
  #ahead: readonly Range[]
  /** null: asleep. */
  #lanes: Lanes | null = null
  #turns: Turns | null = null
  #feed: Feed | null = null
  #loading: Promise<void> | null = null
  #loaded: () => void = () => {}
  readonly #asleep = new Set<() => void>()

  constructor(
    owner: ConsumptionOwner,
    topic: Topic,
    partition: number,
    at: { readonly cursor: Offset; readonly ahead: readonly Range[] },
    parts: ConsumptionParts,
  ) {
    this.#owner = owner
    this.topic = topic
    this.partition = partition
    this.#cursor = at.cursor
    this.#ahead = at.ahead
    this.#parts = parts
    const of = { group: owner.name, topic: topic.name, partition }
    this.#tries = new Tries(of, parts.clock)
    this.#attempts = new AttemptLog(of)
    this.aftermath = new Aftermath({ ...of, incarnation: topic.incarnation }, parts, this)
  }

  /** Nothing below it is owed to the group. */
  get cursor(): Offset {
    return this.#lanes?.progress().cursor ?? this.#cursor
  }
  get retrying(): number {
    return this.#lanes?.waitingCount ?? this.#tries.size
  }
  get awake(): boolean {
    return this.#lanes !== null
  }
  /**
   * Resolves when it has read what the store knows, or fell asleep; null: nothing is being read. Until then nothing can be
   * sent again, and what is changed of its failures would be overwritten by what was read before.
   */
  get loading(): Promise<void> | null {
    return this.#loading
  }
  /** What its key does after an event that gave up. */
  get onFailure() {
    return this.topic.config.onFailure
  }
  /** Behind the last event that was read. */
  get readUpTo(): Offset {
    return (this.#lanes?.lastRead ?? this.#cursor - 1n) + 1n
  }

  place(): Progress {
    return {
      group: this.#owner.name,
      topic: this.topic.name,
      partition: this.partition,
      incarnation: this.topic.incarnation,
      ...this.#settled(),
    }
  }

  progressChange() {
    return { kind: 'progress', progress: this.place() } as const
  }

  takeNotes(): readonly Change[] {
    return this.#attempts.take().map((chunk) => ({ kind: 'attempts', chunk }) as const)
  }

  /** Begins to read; repeatable. */
  wake(): void {
    if (this.#lanes !== null) return
    const lanes = new Lanes(this.#cursor - 1n)
    this.#lanes = lanes
    this.#loading = new Promise((resolve) => {
      this.#loaded = resolve
    })
    void this.#start(lanes)
  }

  /** Forgets all but its place: what was in flight will be read again. Repeatable. */
  sleep(): void {
    if (this.#lanes === null) return
    const { cursor, ahead } = this.#settled()
    this.#cursor = cursor
    this.#ahead = ahead
    this.#feed?.close()
    this.#feed = null
    this.#lanes = null
    this.#turns?.close()
    this.#turns = null
    this.#endLoading()
    this.aftermath.sleep()
    this.inFlight = 0
    this.#tries.endWaits()
    const listeners = [...this.#asleep]
    this.#asleep.clear()
    for (const asleep of listeners) asleep()
  }

  /** Calls `asleep` once, when it falls asleep, unless the answer is called before. */
  onSleep(asleep: () => void): () => void {
    this.#asleep.add(asleep)
    return () => this.#asleep.delete(asleep)
  }

  /** Sleeps, and starts from another place at the next `wake`. */
  moveTo(cursor: Offset): void {
    this.sleep()
    this.#cursor = cursor
    this.#ahead = []
    this.#tries.reset()
  }

  /** The next delivery to go out; null: none, or too much waits to be written. */
  take(): Entry | null {
    if (this.#lanes === null || this.#parts.progress.behind) return null
    const entry = this.#lanes.take()
    if (entry !== null) this.inFlight++
    this.#feed?.wantRoom()
    return entry
  }

  get hasReady(): boolean {
    return this.#lanes !== null && this.#lanes.readyCount > 0
  }

  /** Remembers a try that has ended, whatever follows from it. Written with the next progress. */
  tried(entry: Entry, outcome: Exclude<WireOutcome, { outcome: 'extend' }>, report: AttemptReport): void {
    const { key, offset, again } = entry
    const attempt = this.attemptsOf(entry) + 1
    const reason = 'reason' in outcome ? outcome.reason : undefined
    const at = this.#parts.clock.now()
    const replay = again !== null && again.kind === 'replay'
    this.#attempts.add({ offset, event: entry.event!.id, key, attempt, at, outcome: outcomeOf(outcome), reason, report, replay })
  }

  /** Tries that counted, those before a redrive too. */
  attemptsOf({ again, attempts }: Entry): number {
    return attempts + (again?.kind === 'dead_letter' ? again.letter.attempts : 0)
  }

  /** Applied. Resolves when durable. */
  done(entry: Entry, filtered: boolean): Promise<void> {
    this.inFlight--
    if (filtered) this.counts.filtered++
    else {
      this.counts.delivered++
      this.topic.counts.delivered++
    }
    const changes = this.aftermath.applied(entry, this.#lanes!)
    if (changes.some(({ kind }) => kind === 'superseded')) this.counts.superseded++
    if (entry.again?.kind !== 'replay' && !this.watch.idle)
      this.watch.tell(entry.offset, { outcome: 'delivered', attempts: this.attemptsOf(entry) + 1 })
    return this.#turns!.end(entry, changes)
  }

  /** A try that counts and failed: again after `delayMs`. Resolves when durable. */
  failed(entry: Entry, reason: string, delayMs: number): Promise<void> {
    this.inFlight--
    this.counts.failed++
    this.counts.retried++
    this.note(reason)
    entry.attempts++
    // What is sent again on purpose begins anew after a restart, if somebody asks for it.
    const changes = entry.again?.kind === 'replay' ? [] : [this.#tries.failed(entry, delayMs, reason)]
    if (delayMs === 0) this.#lanes!.release(entry)
    else this.#turns!.postpone(entry, delayMs)
    return this.#parts.progress.write(this, ...changes)
  }

  /** It will not be tried again by itself: it becomes a dead letter, and its key goes on as the topic says. Resolves when durable. */
  giveUp(entry: Entry, why: GaveUp): Promise<void> {
    this.inFlight--
    this.counts.failed++
    this.note(why.reason)
    entry.attempts++
    const changes = this.aftermath.gaveUp(entry, why)
    if (entry.again?.kind !== 'replay') {
      this.counts.dead++
      this.watch.tell(entry.offset, { outcome: 'dead_letter', attempts: this.attemptsOf(entry), reason: why.reason })
      this.#owner.gaveUp(this.topic, entry, why)
    }
    return this.#turns!.end(entry, changes)
  }

  /** The try does not count, for the system was out of reach. It goes behind the others: should it be what brings the system down, another one finds that it answers. */
  excused(entry: Entry, reason: string): void {
    this.counts.failed++
    this.inFlight--
    this.note(reason)
    this.#lanes?.release(entry)
    this.#parts.progress.note(this)
  }

  /** The system turned out to be out of reach: a try that was counted does not count, and what waits for it waits no longer. */
  forgive(entry: Entry): void {
    if (this.#lanes === null || entry.state !== 'waiting' || !this.#tries.endWait(entry)) return
    entry.attempts--
    this.#parts.progress.note(this, ...this.#tries.forgiven(entry))
    this.#lanes.release(entry)
  }

  /** Not tried, or its try does not count: first in line again. */
  handBack(entries: readonly Entry[]): void {
    if (this.#lanes === null) return
    this.inFlight -= entries.length
    this.#lanes.handBack(entries)
  }

  /** An event goes out once more, when its key's turn comes. Answers false while asleep. */
  sendAgain(event: OutgoingEvent, again: Again): boolean {
    this.#turns?.sendAgain(event, again)
    return this.#turns !== null
  }

  /** Resolves when what has ended so far is written, or was tried to be. */
  written(): Promise<void> {
    return this.#parts.progress.settled()
  }

  /** What `changes` say is written with the place. Resolves when durable. */
  write(...changes: readonly Change[]): Promise<void> {
    return this.#parts.progress.write(this, ...changes)
  }

  parkingFull(key: string): void {
    this.#owner.parkingFull(this.topic, key)
  }

  heldFull(): void {
    this.#owner.heldFull(this.topic, this.partition)
  }

  startAgain(): void {
    this.#owner.startAgain(this)
  }

  parked({ offset, attempts }: Entry): void {
    this.watch.tell(offset, { outcome: 'parked', attempts })
  }

  lost(offset: Offset): void {
    this.#gap(offset, offset)
  }

  note(reason: string): void {
    this.lastError = { at: this.#parts.clock.now(), reason }
  }

  wantRoom(): void {
    this.#feed?.wantRoom()
  }

  dispatch(): void {
    this.#owner.dispatch()
  }

  #gap(first: Offset, last: Offset): void {
    this.#parts.progress.note(this)
    this.#owner.gap(this.topic, this.partition, first, last)
  }

  async #start(lanes: Lanes): Promise<void> {
    const { engine, store, clock, log, progress } = this.#parts
    const { topic, partition, aftermath } = this
    try {
      // What is on its way to the store belongs to what is read from it.
      await progress.settled()
      await this.#tries.load(store)
      const goOn = await aftermath.load()
      if (this.#lanes !== lanes) return
      const turns = new Turns({ engine, clock, topic, partition, lanes, tries: this.#tries, aftermath }, this)
      this.#turns = turns
      goOn()
      this.#endLoading()
      this.#feed = new Feed(
        lanes,
        this.#ahead,
        { engine, clock, log, group: this.#owner.name, topic, partition },
        {
          mayRead: () => !aftermath.full,
          accept: (event) => turns.accept(event),
          gap: (first, last) => this.#gap(first, last),
          fed: () => this.#owner.dispatch(),
        },
      )
      this.#feed.start()
    } catch (error) {
      if (this.#lanes !== lanes) return
      this.note((error as Error).message)
      clock.after(startAgainMs, () => {
        if (this.#lanes === lanes) void this.#start(lanes)
      })
    }
  }

  #endLoading(): void {
    this.#loading = null
    this.#loaded()
  }

  /** What the lanes know, and what was settled before the last restart beyond what they have read. */
  #settled(): { readonly cursor: Offset; readonly ahead: readonly Range[] } {
    if (this.#lanes === null) return { cursor: this.#cursor, ahead: this.#ahead }
    const { cursor, ahead } = this.#lanes.progress()
    const unread = this.#feed === null ? this.#ahead : this.#feed.unread()
    return { cursor, ahead: unread.length === 0 ? ahead : [...ahead, ...unread] }
  }
}
