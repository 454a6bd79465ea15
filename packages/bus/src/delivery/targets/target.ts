import type { TargetHealth } from '@hms-sync/client'
import type { Clock, Timer } from '../../clock.js'
import { SteadyRate } from './steady-rate.js'
import { TokenBucket } from './token-bucket.js'

export interface TargetPolicy {
  readonly ratePerSecond: number | null
  /** Failing for longer than this, it is paused. */
  readonly pauseAfterMs: number
}

export interface TargetOwner {
  /** More may go out than a moment ago. */
  dispatch(): void
  /** Its state is another now. Not told of what passes with the first probe. */
  targetChanged(health: TargetHealth): void
  /** Events that came in for it since the bus started. */
  received(): number
}

const firstProbeMs = 1_000
const maxProbeMs = 30_000
/** What waited goes out at least this fast, however slow the steady flow was. */
const minRecoveryPerSecond = 200
/** What waited may be through, at the earliest, so long after the first success. */
const minRecoveryMs = 1_000
/** A recovery that may be over is looked at again after so long. */
const lookAgainMs = 100

/**
 * How the system behind a group does, and how many deliveries may go to it now. A target that is out of reach is
 * probed with one delivery at a time after growing pauses; one success releases what waited, at no more than twice the
 * steady rate. Failing for too long, it is paused until somebody resumes it: nothing is dropped.
 */
export class Target {
  readonly #policy: TargetPolicy
  readonly #clock: Clock
  readonly #owner: TargetOwner
  readonly #limit: TokenBucket | null
  #state: TargetHealth['state'] = 'healthy'
  #since: number
  #reason: string | null = null
  #failures = 0
  #failingSince = 0
  #probing = false
  #probe: { readonly timer: Timer; readonly at: number } | null = null
  #recovery: TokenBucket | null = null
  #recoveringSince = 0
  #wake: { readonly timer: Timer; readonly at: number } | null = null
  #recoveryPerSecond = 0
  readonly #steady: SteadyRate
  #told = false

  constructor(policy: TargetPolicy, clock: Clock, owner: TargetOwner) {
    this.#policy = policy
    this.#clock = clock
    this.#owner = owner
    this.#since = clock.now()
    this.#steady = new SteadyRate(clock, () => owner.received())
    this.#limit = policy.ratePerSecond === null ? null : new TokenBucket(policy.ratePerSecond, clock)
  }

  get healthy(): boolean {
    return this.#state === 'healthy' || this.#state === 'recovering'
  }

  get paused(): boolean {
    return this.#state === 'paused'
  }

  health(): TargetHealth {
    return {
      state: this.#state,
      since: new Date(this.#since).toISOString(),
      reason: this.#reason,
      nextProbe: this.#probe === null ? null : new Date(this.#clock.now() + this.#probe.at - this.#clock.monotonic()).toISOString(),
    }
  }

  /** How many deliveries may go out now. When it is none because of a limit, `dispatch` is called once it is more. */
  allowance(): number {
    if (this.#state === 'paused') return 0
    if (this.#state === 'failing') return this.#probing || this.#probe !== null ? 0 : 1
    if (this.#limit === null && this.#recovery === null) return Number.POSITIVE_INFINITY
    const allowed = Math.min(this.#limit?.tokens() ?? Number.POSITIVE_INFINITY, this.#recovery?.tokens() ?? Number.POSITIVE_INFINITY)
    if (allowed < 1) this.#wakeAtRefill()
    return Math.floor(allowed)
  }

  /** So many have gone out. */
  sent(count: number): void {
    if (this.#state === 'failing') this.#probing = true
    if (this.#limit === null && this.#recovery === null) return
    if (this.#recovery !== null) this.#keepUp()
    this.#limit?.take(count)
    this.#recovery?.take(count)
    if (this.healthy) this.allowance()
  }

  /**
   * Nothing is ready to go out now. That alone does not say that what waited is through, for most of it may wait behind
   * its key: it is, once less goes out than might.
   */
  drained(): void {
    if (this.#state !== 'recovering' || this.#recovery === null) return
    const recovered = this.#clock.monotonic() - this.#recoveringSince >= minRecoveryMs && this.#recovery.idle
    if (recovered) {
      this.#steady.begin()
      this.#become('healthy', null)
    } else this.#wakeAfter(lookAgainMs)
  }

  /** A delivery was applied, or refused for what it holds: in both cases the system answers. */
  answered(): void {
    if (this.#state === 'failing') this.#recover()
    else if (this.#state === 'healthy') this.#steady.took()
  }

  /** A try found the system out of reach. `retryAfterMs`: when it asked to be tried again. */
  failed(reason: string, retryAfterMs = 0): void {
    if (this.#state === 'paused') return
    const now = this.#clock.monotonic()
    if (this.#state !== 'failing') {
      this.#failures = 0
      this.#failingSince = now
      this.#recovery = null
    } else if (!this.#probing) return
    this.#probing = false
    this.#failures++
    if (now - this.#failingSince >= this.#policy.pauseAfterMs) return this.pause(`It failed for too long: ${reason}`)
    const longest = Math.min(maxProbeMs, firstProbeMs * 2 ** Math.min(this.#failures - 1, 10))
    this.#probeAfter(Math.max(retryAfterMs, longest * (0.5 + Math.random() / 2)))
    this.#become('failing', reason)
  }

  /** What was on its way has come back without a result. */
  handedBack(): void {
    if (this.#state !== 'failing' || !this.#probing) return
    this.#probing = false
    if (this.#probe === null) this.#probeAfter(0)
  }

  /** Nothing goes out until `resume`. */
  pause(reason: string): void {
    this.#probe?.timer.cancel()
    this.#probe = null
    this.#probing = false
    this.#become('paused', reason)
  }

  /** The next delivery is a probe; a target that fails does not wait for its time. */
  resume(): void {
    if (this.#state === 'failing') return this.probeNow()
    if (this.#state !== 'paused') return
    this.#failures = 0
    this.#failingSince = this.#clock.monotonic()
    this.#become('failing', 'It was resumed and is being tried.')
    this.#owner.dispatch()
  }

  /** Somebody has changed something that may have mended it: the pause before the next probe is over. */
  probeNow(): void {
    if (this.#state !== 'failing' || this.#probe === null) return
    this.#probe.timer.cancel()
    this.#probe = null
    this.#owner.dispatch()
  }

  /** Ends its timers. */
  close(): void {
    this.#probe?.timer.cancel()
    this.#wake?.timer.cancel()
    this.#probe = null
    this.#wake = null
  }

  #recover(): void {
    this.#probe?.timer.cancel()
    this.#probe = null
    this.#probing = false
    this.#recoveryPerSecond = Math.max(minRecoveryPerSecond, 2 * this.#steady.perSecond)
    this.#recovery = new TokenBucket(this.#recoveryPerSecond, this.#clock)
    this.#recoveringSince = this.#clock.monotonic()
    this.#steady.begin()
    this.#become('recovering', null)
    this.#owner.dispatch()
  }

  /** A bus that has just started knows no steady rate; were more to come in than goes out, what waits would never be through. */
  #keepUp(): void {
    const perSecond = 2 * (this.#steady.came() ?? 0)
    if (perSecond <= this.#recoveryPerSecond) return
    this.#recoveryPerSecond = perSecond
    this.#recovery = new TokenBucket(perSecond, this.#clock)
  }

  #become(state: TargetHealth['state'], reason: string | null): void {
    const before = this.#state
    this.#reason = reason
    if (state !== 'recovering') this.#recovery = null
    if (before !== state) this.#since = this.#clock.now()
    this.#state = state
    // A refused connection that passes with the first probe is nobody's business; one that lasts is told once.
    const worthTelling = state === 'failing' ? this.#failures === 2 : state === 'paused' || (state === 'recovering' && this.#told)
    if (!worthTelling) return
    this.#told = state !== 'recovering'
    this.#owner.targetChanged(this.health())
  }

  #probeAfter(ms: number): void {
    this.#probe?.timer.cancel()
    const timer = this.#clock.after(ms, () => {
      this.#probe = null
      this.#owner.dispatch()
    })
    this.#probe = { timer, at: this.#clock.monotonic() + ms }
  }

  #wakeAtRefill(): void {
    this.#wakeAfter(Math.max(this.#limit?.waitMs() ?? 0, this.#recovery?.waitMs() ?? 0))
  }

  /** The earlier of two wakes counts. */
  #wakeAfter(ms: number): void {
    const at = this.#clock.monotonic() + ms
    if (this.#wake !== null && this.#wake.at <= at) return
    this.#wake?.timer.cancel()
    const timer = this.#clock.after(ms, () => {
      this.#wake = null
      this.#owner.dispatch()
    })
    this.#wake = { timer, at }
  }
}
