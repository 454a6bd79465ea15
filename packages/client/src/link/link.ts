import type { Problem } from '../errors.js'
import { fromProblem, SyncError } from '../errors.js'
import { fullJitter } from '../timing/backoff.js'
import { monotonicMs } from '../timing/tick.js'
import type { ClientFrame, ServerFrame } from '../wire.js'
import { protocolVersion } from '../wire.js'
import type { Channel, OpenChannel } from './open-channel.js'

const welcomeTimeoutMs = 5_000
/** An outage longer than this is reported once. */
const outageTellMs = 10_000
/** A connection that ends sooner after its greeting has helped nobody: something in it ends it, and would end the next one. */
const steadyMs = 500
const finalCodes = new Set(['unauthorized', 'forbidden_host', 'wrong_url', 'not_supported_yet'])

export type Welcome = Extract<ServerFrame, { op: 'welcome' }>

export interface LinkListener {
  /** A connection stands and the bus has greeted: send again what is unanswered. */
  welcomed(welcome: Welcome): void
  frame(frame: ServerFrame): void
  /** The connection was lost; another is being tried. */
  lost(error: SyncError): void
  /** For a while the bus has been out of reach, or has ended each connection at once; it is still being tried. */
  outage(error: SyncError): void
  /** It is over for good. */
  failed(error: SyncError): void
}

export interface LinkOptions {
  readonly name: string | null
  readonly client: string
  /** How long the first connection may take before the link gives up; null: as long as it takes. */
  readonly patienceMs: number | null
}

interface Ended {
  readonly error: SyncError
  /** How long it stood after the greeting; null: the bus did not greet. */
  readonly stoodMs: number | null
}

/** Keeps one connection to the bus alive: greets, reconnects with full jitter, and gives up only when trying is of no use. */
export class Link {
  readonly #open: OpenChannel
  readonly #options: LinkOptions
  readonly #listener: LinkListener
  #channel: Channel | undefined
  #endConnection: ((error: SyncError) => void) | undefined
  /** Why the bus said that it closes the connection. */
  #lastWords: SyncError | undefined
  #endPause: (() => void) | undefined
  #pauseTimer: ReturnType<typeof setTimeout> | undefined
  #welcomedOnce = false
  #closed = false
  #busy = true

  constructor(open: OpenChannel, options: LinkOptions, listener: LinkListener) {
    this.#open = open
    this.#options = options
    this.#listener = listener
    void this.#run()
  }

  /** True between `welcomed` and `lost`. */
  get up(): boolean {
    return this.#channel !== undefined
  }

  get bufferedBytes(): number {
    return this.#channel?.bufferedBytes ?? 0
  }

  send(frame: ClientFrame): void {
    this.#channel?.send(JSON.stringify(frame))
  }

  sendText(text: string): void {
    this.#channel?.send(text)
  }

  /** Whether there is work that must keep the process alive. */
  hold(busy: boolean): void {
    if (busy === this.#busy) return
    this.#busy = busy
    this.#channel?.hold?.(busy)
    holdTimer(this.#pauseTimer, busy)
  }

  close(): void {
    this.#closed = true
    this.#endConnection?.(new SyncError('closed', 'The connection was closed.'))
    this.#endPause?.()
  }

  async #run(): Promise<void> {
    let downSince = monotonicMs()
    let failures = 0
    /** Connections one after the other that were not steady. */
    let brief = 0
    let told = false
    while (!this.#closed) {
      const { error, stoodMs } = await this.#connection()
      if (this.#closed) return
      const welcomed = stoodMs !== null
      if (welcomed) {
        failures = 0
        brief = stoodMs < steadyMs ? brief + 1 : 0
        this.#listener.lost(error)
      }
      if (welcomed && brief === 0) {
        downSince = monotonicMs()
        told = false
      }
      const downMs = monotonicMs() - downSince
      const { patienceMs } = this.#options
      if (
        finalCodes.has(error.code) ||
        isFinalClose(error, welcomed) ||
        (!this.#welcomedOnce && patienceMs !== null && downMs >= patienceMs)
      ) {
        this.#closed = true
        this.#listener.failed(error)
        return
      }
      if (downMs >= outageTellMs && !told) {
        told = true
        this.#listener.outage(error)
      }
      await this.#pause(fullJitter(Math.max(failures++, brief)))
    }
  }

  /** One connection from opening to end. Never rejects. */
  #connection(): Promise<Ended> {
    return new Promise((resolve) => {
      const attempt = new AbortController()
      let channel: Channel | undefined
      let welcomedAt: number | null = null
      const end = (error: SyncError): void => {
        if (this.#endConnection !== end) return
        this.#endConnection = undefined
        this.#channel = undefined
        clearTimeout(timer)
        const reason = this.#lastWords ?? error
        this.#lastWords = undefined
        if (channel === undefined) attempt.abort()
        else channel.close()
        resolve({ error: reason, stoodMs: welcomedAt === null ? null : monotonicMs() - welcomedAt })
      }
      const timer = setTimeout(
        () => end(new SyncError('unreachable', 'The bus accepted the connection but did not greet within 5 s.')),
        welcomeTimeoutMs,
      )
      this.#endConnection = end
      const frame = (text: string): void => {
        if (this.#endConnection !== end || channel === undefined) return
        const parsed = parseFrame(text)
        if (parsed === null) end(new SyncError('unreachable', 'What answers there does not speak the protocol of hms-sync.'))
        else if (welcomedAt !== null) this.#take(parsed)
        else if (parsed.op === 'welcome') {
          welcomedAt = monotonicMs()
          this.#welcomedOnce = true
          clearTimeout(timer)
          this.#channel = channel
          channel.hold?.(this.#busy)
          this.#listener.welcomed(parsed)
        } else if (parsed.op === 'failed' || parsed.op === 'closing') end(asRefusal(parsed.error))
      }
      const closed = (error: SyncError | null): void => end(error ?? new SyncError('unreachable', 'The bus closed the connection.'))
      this.#open({ frame, closed }, attempt.signal).then(
        (opened) => {
          if (this.#endConnection !== end) return opened.close()
          channel = opened
          opened.send(JSON.stringify(hello(this.#options)))
        },
        (error: unknown) => end(asSyncError(error)),
      )
    })
  }

  #take(frame: ServerFrame): void {
    if (frame.op === 'closing') this.#closing(fromProblem(frame.error))
    else this.#listener.frame(frame)
  }

  /** The bus closes the connection once it has answered what is under way; if it forgets to, we do. */
  #closing(error: SyncError): void {
    const end = this.#endConnection
    this.#lastWords = error
    const timer = setTimeout(() => end?.(error), welcomeTimeoutMs)
    holdTimer(timer, false)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(this.#pauseTimer)
        this.#pauseTimer = undefined
        this.#endPause = undefined
        resolve()
      }
      this.#endPause = end
      this.#pauseTimer = setTimeout(end, ms)
      holdTimer(this.#pauseTimer, this.#busy)
    })
  }
}

function hello(options: LinkOptions): ClientFrame {
  return { op: 'hello', v: protocolVersion, ...(options.name === null ? {} : { name: options.name }), client: options.client }
}

function parseFrame(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text)
    return typeof frame === 'object' && frame !== null && 'op' in frame ? (frame as ServerFrame) : null
  } catch {
    return null
  }
}

/** A refused greeting is final unless it says that the bus is going or busy. */
function asRefusal(problem: Problem): SyncError {
  const error = fromProblem(problem)
  const passing =
    error.code === 'shutting_down' || error.code === 'overloaded' || error.code === 'slow_consumer' || error.code === 'internal'
  return passing || finalCodes.has(error.code)
    ? error
    : new SyncError('not_supported_yet', `The bus refused the greeting: ${error.message}`, { cause: error })
}

function isFinalClose(error: SyncError, welcomed: boolean): boolean {
  return !welcomed && error.code === 'closed'
}

function asSyncError(error: unknown): SyncError {
  return error instanceof SyncError ? error : new SyncError('unreachable', 'The bus cannot be reached.', { cause: error })
}

function holdTimer(timer: ReturnType<typeof setTimeout> | undefined, busy: boolean): void {
  if (typeof timer !== 'object') return // browsers have numbers, and nothing to keep alive
  if (busy) timer.ref()
  else timer.unref()
}
