import type { SyncError } from '../errors.js'

/** One live connection that carries frames as JSON text in both directions, in order. */
export interface Channel {
  /** Takes a frame. Never throws; what cannot be sent any more is dropped, and `closed` follows. */
  send(text: string): void
  /** Bytes taken and not yet handed to the network. */
  readonly bufferedBytes: number
  /** Ends it at once. May be called twice; `closed` need not follow. */
  close(): void
  /** Whether it keeps the process alive; it does until told otherwise. */
  hold?(busy: boolean): void
}

export interface ChannelHandlers {
  frame(text: string): void
  /** The connection is over, by an error or because the other side closed it. Called at most once, and never before the channel was given. */
  closed(error: SyncError | null): void
}

/**
 * Port: opens a connection to a bus. Called again after each loss. The SDK sends `hello` first and waits for `welcome`.
 * @throws SyncError `unauthorized`, `forbidden_host`, `wrong_url`, `not_supported_yet` or `closed` when trying again is of no use;
 * any other error is tried again after a pause. `signal` ends the attempt.
 */
export type OpenChannel = (handlers: ChannelHandlers, signal: AbortSignal) => Promise<Channel>
