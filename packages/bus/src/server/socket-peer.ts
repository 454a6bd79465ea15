import { type SyncError, toProblem } from '@hms-sync/client'
import type { WebSocket } from 'ws'
import { fullBytes, type Peer } from '../session/peer.js'
import type { LiveDoor } from './live-doors.js'
import type { ServerParts } from './route.js'

const checkMs = 250
/** A peer that does not answer the closing handshake is cut off after this. */
const closeMs = 2_000

/** The far end of one WebSocket: bounded in what may wait for it, and dropped when it is dead or does not read. */
export class SocketPeer implements LiveDoor, Peer {
  readonly #socket: WebSocket
  readonly #parts: ServerParts
  readonly #name: string
  readonly #onDrained: () => void
  #alive = true
  #watch: NodeJS.Timeout | null = null

  /** @param onDrained called whenever `bufferedBytes` was above `fullBytes` and is so no longer. */
  constructor(socket: WebSocket, parts: ServerParts, name: string, onDrained: () => void) {
    this.#socket = socket
    this.#onDrained = onDrained
    this.#parts = parts
    this.#name = name
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    // Looked at when a frame is on its way, and not by the watch alone: its pauses would slow down a peer that reads.
    this.#socket.send(text, () => this.#lookDrained())
    this.#watchIfFull()
  }

  bufferedBytes(): number {
    this.#watchIfFull()
    return this.#socket.bufferedAmount
  }

  /** Closes; the session has said why. */
  close(error: SyncError): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const problem = toProblem(error)
    this.#socket.close(problem.status >= 500 ? 1012 : 1008, problem.code)
    setTimeout(() => this.#socket.terminate(), closeMs).unref()
  }

  /** Says why, and closes. */
  end(error: SyncError): void {
    this.send(JSON.stringify({ op: 'closing', error: toProblem(error) }))
    this.close(error)
  }

  /** Something came from the peer: it lives. */
  heard(): void {
    this.#alive = true
  }

  beat(): void {
    if (!this.#alive) {
      this.#socket.terminate()
      return
    }
    this.#alive = false
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  gone(): void {
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#watch = null
  }

  #watchIfFull(): void {
    if (this.#watch === null && this.#socket.bufferedAmount > fullBytes) this.#watchUntilRead()
  }

  #lookDrained(): boolean {
    if (this.#watch === null || this.#socket.bufferedAmount > fullBytes) return false
    this.gone()
    this.#onDrained()
    return true
  }

  /** Looks now and then until the peer has caught up, or the time is over. */
  #watchUntilRead(): void {
    const started = performance.now()
    this.#watch = setInterval(() => {
      if (this.#lookDrained()) return
      if (performance.now() - started < this.#parts.limits.stallTimeoutMs) return
      this.gone()
      this.#parts.metrics.slowReaders++
      this.#parts.log.warn({ principal: this.#name, reason: 'slow_consumer' }, 'A subscriber took nothing for too long and was cut off')
      this.#socket.close(1008, 'slow_consumer')
      this.#socket.terminate()
    }, checkMs)
    this.#watch.unref()
  }
}
