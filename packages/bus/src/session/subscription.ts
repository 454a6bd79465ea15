import type { ClientFrame } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Principal } from '../security/principal.js'
import type { Peer } from './peer.js'

/** One of the two kinds of subscription. */
export interface SessionSubscription {
  credit(n: number): void
  /** The peer has taken what made it full: there is room again. */
  drained(): void
  close(): void
}

export interface SubscriptionOptions {
  readonly bus: SyncBus
  readonly principal: Principal
  readonly frame: Extract<ClientFrame, { op: 'subscribe' }>
  readonly peer: Peer
  /** Called when it is over, for whatever reason. */
  readonly ended: () => void
}
