import type { Channel, ChannelHandlers } from '@hms-sync/client/channel'
import type { SyncBus } from '../bus.js'
import type { Limits } from '../registry/config.js'
import { namedPrincipal } from '../security/principal.js'
import { Session } from './session.js'

/** Frames handed over within the process, a turn later, as a network would. */
export function sessionChannel(bus: SyncBus, limits: Limits, handlers: ChannelHandlers): Channel {
  let open = true
  const session = new Session(
    bus,
    {
      send: (text) => queueMicrotask(() => open && handlers.frame(text)),
      bufferedBytes: () => 0,
      close(error) {
        // Behind the frames handed over before: the last of them says why.
        queueMicrotask(() => {
          if (!open) return
          open = false
          handlers.closed(error)
        })
      },
    },
    { limits, nameOf: namedPrincipal },
  )
  return {
    send: (text: string) => queueMicrotask(() => session.receive(text)),
    bufferedBytes: 0,
    close() {
      open = false
      session.closed()
    },
  }
}
