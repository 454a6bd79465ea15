import { basename, dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ConnectOptions, connect, SyncError } from '@hms-sync/client'
import type { AdapterConfig } from './adapter.js'
import { type HostedAdapter, hostAdapter } from './host-adapter.js'
import { loadAdapter } from './loading/load-adapter.js'

export type RunAdapterOptions = Pick<ConnectOptions, 'url' | 'key' | 'signal' | 'onError'> & {
  /** The adapter's name: its principal and its group. Default: the file's, else `HMS_SYNC_NAME`. */
  readonly name?: string
}

/** A bus that cannot be reached yet is waited for: the longest time that a timer takes, 24 days. */
const patienceMs = 2_147_483_647

/**
 * Runs an adapter as a process of its own beside the system that it speaks to, connected outwards to the bus. It is the
 * same file as under `adapters/` of the bus. The bus keeps its place and does the retries, order, dead letters and limits;
 * a connection that is lost comes back by itself, and what was under way comes again with the same `Idempotency-Key`.
 * Resolves when the bus has accepted it; a bus that is not there yet is waited for.
 * @param source The path of an adapter file (`.js`, `.mjs`, `.ts`, `.yaml`), or what such a file exports.
 * @throws SyncError `invalid_config` with every fault, `wrong_url`, `unauthorized`, `unknown_topic`.
 */
export async function runAdapter(source: string | URL | AdapterConfig, options: RunAdapterOptions = {}): Promise<HostedAdapter> {
  const path = typeof source === 'string' ? resolve(source) : source instanceof URL ? fileURLToPath(source) : null
  const name = options.name ?? (path === null ? process.env.HMS_SYNC_NAME : nameOf(path))
  if (name === undefined || name === '') {
    throw new SyncError(
      'invalid_config',
      'An adapter that comes from no file needs a name: runAdapter(config, { name: "scheduling" }), or HMS_SYNC_NAME.',
    )
  }
  const config = path === null ? (source as AdapterConfig) : await loadAdapter(nameOf(path), path)
  const bus = await connect({ ...options, name, timeoutMs: patienceMs })
  try {
    const hosted = await hostAdapter(bus, name, config)
    // However it ends: its connections to the system first, then, with all that was settled, the one to the bus.
    void hosted.closed
      .catch(() => {})
      .then(() => hosted.close())
      .finally(() => bus.close())
    return hosted
  } catch (error) {
    await bus.close()
    throw error
  }
}

/** `adapters/NAME.js` and `adapters/NAME/adapter.js` are both NAME, as on the bus. */
function nameOf(path: string): string {
  const name = basename(path, extname(path))
  return name === 'adapter' ? basename(dirname(path)) : name
}
