import type { Clock, Timer } from '../../clock.js'
import type { Log } from '../../observe/log.js'
import type { Change, Progress, Store } from '../../store/store.js'

/** Something whose place is written when it has moved. */
export interface Moving {
  /** Its progress as it is now. */
  progressChange(): Extract<Change, { readonly kind: 'progress' }>
  /** What is to be written besides, once: it is not asked for again. */
  takeNotes(): readonly Change[]
}

interface Written {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

const retryMs = 1_000
/** Changes that wait while the store takes none; beyond it nothing new may be begun. */
const maxBehind = 2_000

/**
 * Writes progress and retries: one commit at a time, what comes meanwhile is the next one, so that a thousand
 * acknowledgements cost one. A commit that failed is tried again with what has moved since.
 */
export class ProgressWriter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #onCaughtUp: () => void
  readonly #moved = new Set<Moving>()
  /** By the row they write: the last change of a row wins, so that they stay as few as the rows. */
  #changes = new Map<string, Change>()
  /** What the commit under way writes; put back if it fails. */
  #underWay = new Set<Moving>()
  #committing = new Map<string, Change>()
  /** Settles with the commit that comes next: one promise for all who wait for it. null: nobody does. */
  #next: Written | null = null
  #writing: Promise<void> | null = null
  #pause: Timer | null = null
  #closed = false
  /** The last commit failed. */
  #failing = false
  /** Changes that have no row of their own to replace, counted to keep them apart and in order. */
  #single = 0

  /** @param onCaughtUp called when the store has taken something again: what was not begun while it took nothing may begin. */
  constructor(store: Store, clock: Clock, log: Log, onCaughtUp: () => void = () => {}) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#onCaughtUp = onCaughtUp
  }

  /** The store takes nothing, and enough waits for it: nothing new is to be begun until it does. */
  get behind(): boolean {
    return this.#pause !== null && this.#changes.size > maxBehind
  }

  /** Has the place of `moving` written, and `changes` with it. Resolves when all are durable. */
  write(moving: Moving, ...changes: readonly Change[]): Promise<void> {
    this.#add(moving, changes)
    this.#next ??= written()
    this.#start()
    return this.#next.promise
  }

  /** The same, when nobody waits for it. */
  note(moving: Moving, ...changes: readonly Change[]): void {
    this.#add(moving, changes)
    this.#start()
  }

  /** Resolves when everything so far is written, or was tried once. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** Drops what has not been written of it and its retries: it begins anew elsewhere. With `failures`, all of it: its group is gone. */
  forget(moving: Moving, failures = false): void {
    this.#moved.delete(moving)
    this.#underWay.delete(moving)
    if (failures) moving.takeNotes()
    const { progress } = moving.progressChange()
    for (const changes of [this.#committing, this.#changes]) {
      for (const [row, change] of changes) if (isOf(change, progress, failures)) changes.delete(row)
    }
  }

  /** Resolves when all that moved so far is written, or was tried once more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#pause?.cancel()
    this.#pause = null
    this.#start()
    await this.#writing
  }

  #add(moving: Moving, changes: readonly Change[]): void {
    this.#moved.add(moving)
    for (const change of changes) this.#changes.set(this.#rowOf(change), change)
  }

  #rowOf(change: Change): string {
    if (change.kind === 'retry') return rowName(change.retry)
    return change.kind === 'retry_settled' ? rowName(change) : `${change.kind} ${this.#single++}`
  }

  #start(): void {
    if (this.#writing !== null || this.#pause !== null) return
    // A turn later, so that what is settled in the same tick travels in one commit.
    this.#writing = Promise.resolve().then(() => this.#run())
  }

  async #run(): Promise<void> {
    while (this.#moved.size > 0 || this.#changes.size > 0) {
      this.#underWay = new Set(this.#moved)
      for (const one of this.#underWay) for (const note of one.takeNotes()) this.#changes.set(this.#rowOf(note), note)
      this.#committing = this.#changes
      const next = this.#next
      this.#moved.clear()
      this.#changes = new Map()
      this.#next = null
      try {
        await this.#store.commit([...this.#committing.values(), ...[...this.#underWay].map((one) => one.progressChange())])
        this.#committing.clear()
        next?.resolve()
      } catch (error) {
        this.#failing = true
        this.#log.error({ error: (error as Error).message }, 'Progress could not be written; deliveries may be repeated after a restart.')
        next?.reject(error)
        for (const one of this.#underWay) this.#moved.add(one)
        this.#changes = new Map([...this.#committing, ...this.#changes])
        // In the turn of the last look, here and below: what is written a turn later must start the next round itself.
        this.#writing = null
        if (this.#closed) {
          this.#takeNext()?.reject(error)
          return
        }
        this.#pause = this.#clock.after(retryMs, () => {
          this.#pause = null
          this.#start()
        })
        return
      }
      if (this.#failing) {
        this.#failing = false
        this.#onCaughtUp()
      }
    }
    this.#takeNext()?.resolve()
    this.#writing = null
  }

  #takeNext(): Written | null {
    const next = this.#next
    this.#next = null
    return next
  }
}

function written(): Written {
  let settle!: Pick<Written, 'resolve' | 'reject'>
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

function isOf(change: Change, of: Progress, failures: boolean): boolean {
  switch (change.kind) {
    case 'retry':
      return samePlace(change.retry, of)
    case 'retry_settled':
      return samePlace(change, of)
    case 'dead_letter':
      return failures && samePlace(change.letter, of)
    case 'parked':
      return failures && samePlace(change.event, of)
    case 'attempts':
      return failures && samePlace(change.chunk, of)
    default:
      return false
  }
}

type PlaceOf = Pick<Progress, 'group' | 'topic' | 'partition'>

function samePlace(one: PlaceOf, other: PlaceOf): boolean {
  return one.group === other.group && one.topic === other.topic && one.partition === other.partition
}

function rowName(row: { readonly group: string; readonly topic: string; readonly partition: number; readonly offset: bigint }): string {
  return `${row.group}/${row.topic}/${row.partition}/${row.offset}`
}
