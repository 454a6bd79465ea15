import { SyncError } from '@hms-sync/client'

/** Something open that outlives a request: a stream of events, a WebSocket, a waiting pull. */
export interface LiveDoor {
  /** Says why, if the protocol can, and ends. Must not throw. */
  end(error: SyncError): void
  /** Called every 15 s: shows intermediaries and dead peers that somebody is here. */
  beat?(): void
}

const beatMs = 15_000

/** Everything that is open, so that one timer keeps it alive and `close()` ends it with a reason. */
export class LiveDoors {
  readonly #doors = new Set<LiveDoor>()
  readonly #timer: NodeJS.Timeout
  #closing: SyncError | null = null

  constructor() {
    this.#timer = setInterval(() => {
      for (const door of this.#doors) door.beat?.()
    }, beatMs)
    this.#timer.unref()
  }

  /** Why nothing new may be opened, or null. */
  get closing(): SyncError | null {
    return this.#closing
  }

  get size(): number {
    return this.#doors.size
  }

  /** @throws SyncError `shutting_down` when the server is closing. The answer takes the door out again. */
  add(door: LiveDoor): () => void {
    if (this.#closing !== null) throw this.#closing
    this.#doors.add(door)
    return () => void this.#doors.delete(door)
  }

  /** Ends all that is open. May be called twice. */
  endAll(): void {
    clearInterval(this.#timer)
    this.#closing ??= new SyncError('shutting_down', 'The bus is shutting down. Try again in a moment; what was acknowledged is kept.')
    for (const door of this.#doors) door.end(this.#closing)
    this.#doors.clear()
  }
}
