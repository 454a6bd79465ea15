import type { SyncError } from '@hms-sync/client'

/** The other end of a session: a WebSocket, or the memory of the same process. */
export interface Peer {
  /** Takes one frame as JSON text. */
  send(text: string): void
  /** Bytes handed over and not yet on their way. */
  bufferedBytes(): number
  /** Ends the connection with the reason. */
  close(error: SyncError): void
}
