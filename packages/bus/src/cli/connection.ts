import type { Bus } from '@hms-sync/client'
import { busAddress } from './address.js'
import { plain, say } from './output.js'

/** Somebody waits at the terminal: a bus that is there answers at once, even when the machine is busy. */
const connectTimeoutMs = 5_000

/**
 * Connects to the bus through the SDK, which is imported only now: `--help` need not wait for it.
 * @throws SyncError `unreachable`, `wrong_url`, `unauthorized`.
 */
export async function openConnection(flag: string | undefined): Promise<Bus> {
  const { url } = busAddress(flag)
  const { connect } = await import('@hms-sync/client')
  return connect({ url: url.href, timeoutMs: connectTimeoutMs, onError: (error) => say(`hms-sync: ${plain(error.message)}`) })
}
