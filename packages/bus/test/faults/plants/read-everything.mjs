/** The bug: everything that waits is read into memory. */
import { dist } from './dist.mjs'

const { Lanes } = await dist('delivery/consumption/lanes.js')
for (const bound of ['readyCount', 'size', 'heldBytes']) Object.defineProperty(Lanes.prototype, bound, { get: () => 0 })
