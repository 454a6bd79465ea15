import type { SyncError } from '@hms-sync/client'

/** With more than this unread, the peer counts as one that does not read: events wait until it has caught up. */
export const fullBytes = 1_048_576

/** The other end of a session: a WebSocket, or the memory of the same process. */
export interface Peer {
  /** Takes one frame as JSON text. */
  send(text: string): void
  /** Bytes handed over and not yet on their way. Once they were more than `fullBytes` and are not any more, the session’s `drained` is called. */
  bufferedBytes(): number
  /** Ends the connection with the reason. */
  close(error: SyncError): void
}
