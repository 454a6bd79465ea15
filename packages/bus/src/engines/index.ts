import { SyncError } from '@hms-sync/client'
import type { Sqlite } from '../sqlite/open-sqlite.js'
import { EmbeddedEngine, type EmbeddedOptions } from './embedded/embedded-engine.js'
import type { Engine } from './engine.js'

export interface EngineOptions extends EmbeddedOptions {
  /** The open data folder; the embedded engine lies in it. */
  readonly sqlite: Sqlite
}

/** Broker URLs that are reserved: their engines come with later versions. */
const brokers = ['nats', 'kafka', 'amqp', 'amqps', 'redis', 'rediss']

/**
 * Opens the engine that a setting names: `embedded` or a broker's URL.
 * @throws SyncError `not_supported_yet` for a broker, `invalid_config` for anything else; what the engine throws.
 */
export async function openEngine(url: string, options: EngineOptions): Promise<Engine> {
  if (url === 'embedded') return EmbeddedEngine.open(options.sqlite, options)
  const scheme = /^([a-z][a-z0-9+]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme !== undefined && brokers.includes(scheme)) {
    throw new SyncError('not_supported_yet', `This version has no engine for ${scheme}:// yet. Write engine: embedded, or leave it out.`)
  }
  // The text may be a URL with a password in it: only its scheme is repeated.
  throw new SyncError('invalid_config', `${scheme === undefined ? 'That' : `"${scheme}:"`} is not an engine. Write engine: embedded.`)
}
