import type { Adapter, AdapterConfig } from './adapter.js'
import { readAdapter } from './reading/read-adapter.js'

/**
 * Describes an adapter: the plug between the bus and one external system. In `adapters/NAME.js` (or `.ts`) the file's
 * default export; with `bus.adapters.register(name, config)` the second argument. Adds types and early faults to what a
 * plain object of the same form does as well. Secrets (`env:`, `file:`) are resolved here.
 * @throws SyncError `invalid_config` with every fault and what to write instead.
 */
export function defineAdapter(config: AdapterConfig): Adapter {
  return readAdapter(config)
}
