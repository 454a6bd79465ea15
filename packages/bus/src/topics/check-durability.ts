import { SyncError } from '@hms-sync/client'
import type { Capabilities, Durability } from '../engines/engine.js'
import type { TopicConfig } from '../registry/config.js'

/**
 * What the topic asks for must be given by the engine as it is really configured; nothing is weakened silently.
 * @throws SyncError `invalid_config` naming both and what to change.
 */
export function checkDurability({ name, durability }: TopicConfig, can: Capabilities): void {
  if (durability === null || strength(can.durability) >= strength(durability)) return
  throw new SyncError(
    'invalid_config',
    `The topic ${name} asks that an acknowledged event survives ${durability}; the engine ${can.name} as configured gives ${can.durability}. ` +
      `Write durability: ${can.durability} or leave it out, or choose an engine that gives more.`,
  )
}

/** `process` < `power` < `replicated(n)`: a copy on another machine survives what a disk does not. */
function strength(durability: Durability): number {
  if (durability === 'process') return 0
  return durability === 'power' ? 1 : 1 + Number(/\d+/.exec(durability)?.[0] ?? 0)
}
