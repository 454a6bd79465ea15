import type { Clock, Timer } from '../clock.js'
import type { Log } from './log.js'
import type { Notice, NoticeCause, Notices } from './notices.js'

export interface NoticeWindowsParts {
  readonly clock: Clock
  readonly log: Log
  /** Within so long after a notice, others of its cause, subject and topic are counted instead of told. */
  readonly windowMs: number
  /** Takes a notice that is due. `unsaid`: how many like it were left out since the last one. */
  readonly publish: (notice: Notice, unsaid: number) => void
}

/** Cause, subject and topic of which a notice went out lately. */
interface Window {
  /** The last one that was left out; null: none, or it is true no more. */
  last: Notice | null
  unsaid: number
  timer: Timer
}

/** Windows held at once; beyond them notices are logged and not told, so that names made up by somebody do not fill the memory. */
const maxWindows = 10_000

/** These speak of one state: a newer one makes those that wait for the end of their window untrue. */
const targetStates: ReadonlySet<NoticeCause> = new Set(['target_failing', 'target_paused', 'target_recovered'])

/** Each of these stands in the log, also those left out: they are few, and the log is where their course is read. */
const rare: ReadonlySet<NoticeCause> = new Set([...targetStates, 'gap'])

/**
 * Tells the first notice of its kind at once. What comes within the window is left out; when it ends, the last of those
 * goes out with their count, so that nobody is left with what was true at the beginning.
 */
export class NoticeWindows implements Notices {
  readonly #parts: NoticeWindowsParts
  readonly #windows = new Map<string, Window>()
  readonly #counts = new Map<NoticeCause, number>()
  #closed = false

  constructor(parts: NoticeWindowsParts) {
    this.#parts = parts
  }

  tell(notice: Notice): void {
    if (this.#closed) return
    this.#counts.set(notice.cause, (this.#counts.get(notice.cause) ?? 0) + 1)
    if (rare.has(notice.cause)) this.#log(notice, 0)
    if (targetStates.has(notice.cause)) this.#forgetOtherStates(notice)
    const kind = kindOf(notice.cause, notice)
    const window = this.#windows.get(kind)
    if (window !== undefined) {
      window.last = notice
      window.unsaid++
      return
    }
    if (this.#windows.size < maxWindows) this.#open(kind)
    else return this.#log(notice, 0)
    this.#send(notice, 0)
  }

  /** How often `tell` was called, by cause. */
  counts(): ReadonlyMap<NoticeCause, number> {
    return this.#counts
  }

  /** What was left out is not told any more. May be called twice. */
  close(): void {
    this.#closed = true
    for (const { timer } of this.#windows.values()) timer.cancel()
    this.#windows.clear()
  }

  #open(kind: string): void {
    const timer = this.#parts.clock.after(this.#parts.windowMs, () => this.#end(kind))
    this.#windows.set(kind, { last: null, unsaid: 0, timer })
  }

  #end(kind: string): void {
    const { last, unsaid } = this.#windows.get(kind)!
    this.#windows.delete(kind)
    if (last === null) return
    this.#open(kind)
    // The one that goes out now is no longer left out.
    this.#send(last, unsaid - 1)
  }

  #forgetOtherStates(notice: Notice): void {
    for (const cause of targetStates) {
      const window = cause === notice.cause ? undefined : this.#windows.get(kindOf(cause, notice))
      if (window !== undefined) window.last = null
    }
  }

  #send(notice: Notice, unsaid: number): void {
    if (!rare.has(notice.cause)) this.#log(notice, unsaid)
    this.#parts.publish(notice, unsaid)
  }

  #log({ cause, subject, topic, text, details }: Notice, unsaid: number): void {
    // Its host has said it, with the file.
    if (cause === 'adapter_failed') return
    const about = topic === undefined ? { notice: cause, subject } : { notice: cause, subject, topic }
    this.#parts.log[cause === 'target_recovered' ? 'info' : 'warn']({ ...about, ...details, ...(unsaid === 0 ? {} : { unsaid }) }, text)
  }
}

/** Names hold no line break. */
function kindOf(cause: NoticeCause, { subject, topic = '' }: Notice): string {
  return `${cause}\n${subject}\n${topic}`
}
