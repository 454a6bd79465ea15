import { processEnvironment, readAddress } from './address.js'
import type { AdapterRegistry, Bus } from './bus.js'
import { busOver } from './bus-over.js'
import { SyncError } from './errors.js'
import { webSocketTo } from './link/websocket.js'

let opened: Bus | undefined

/**
 * The bus of the environment (`EVENT_BUS_URL`, `HMS_SYNC_NAME`, `HMS_SYNC_KEY`), connected at first use. A `publish` or
 * `emit` that fails and is not awaited is told on stderr, once per cause; it never ends the process.
 */
export const eventBus: Bus = {
  get name() {
    return bus().name
  },
  publish: (...call) => bus().publish(...call),
  publishMany: (...call) => bus().publishMany(...call),
  subscribe: ((...call: Parameters<Bus['subscribe']>) => bus().subscribe(...call)) as Bus['subscribe'],
  on: (...call) => bus().on(...call),
  emit: ((...call: Parameters<Bus['emit']>) => bus().emit(...call)) as Bus['emit'],
  get adapters() {
    return connectors
  },
  get connectors() {
    return connectors
  },
  close: async (...call) => opened?.close(...call),
}

/** `register(name, { url, method, map })` on the bus of the environment, connected at first use. */
export const connectors: AdapterRegistry = {
  register: (...call) => bus().adapters.register(...call),
}

function bus(): Bus {
  opened ??= open()
  return opened
}

/** A wrong address is told like any other failure of what is asked for, not thrown at whoever imports the module. */
function open(): Bus {
  try {
    const address = readAddress({}, processEnvironment())
    return busOver(webSocketTo(address), { name: address.name })
  } catch (error) {
    const reason =
      error instanceof SyncError ? error : new SyncError('wrong_url', 'EVENT_BUS_URL is not the address of a bus.', { cause: error })
    return busOver(() => Promise.reject(reason))
  }
}
