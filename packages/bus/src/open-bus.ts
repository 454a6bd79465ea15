import type { Bus } from '@hms-sync/client'
import { busOver } from '@hms-sync/client/channel'
import { openLog } from './observe/log.js'
import { openProject } from './open-project.js'
import { loadProject } from './registry/load-project.js'
import { sessionChannel } from './session/session-channel.js'

export interface OpenBusOptions {
  /** The project folder, with its topics.yaml. Default: the current folder. */
  readonly folder?: string
  /** The data folder. Default: `.hms-sync` in the project folder. */
  readonly data?: string
  /** Who publishes and, as a group, subscribes. Default: HMS_SYNC_NAME, else nobody. */
  readonly name?: string
  /** Topics come into being at first publish. */
  readonly dev?: boolean
  /** Gets every error that nobody awaits. Default: one line on stderr for each new cause. */
  readonly onError?: (error: Error) => void
  readonly signal?: AbortSignal
}

/**
 * The whole bus inside this process, without a server: the same object as `connect()` gives, on the same files. The log
 * works in threads of its own, adapter files in workers; closing it gives the data folder free.
 * @throws SyncError `invalid_config` with every fault, `data_folder_in_use`, `storage_failed`, `data_version`, `change_refused`.
 */
export async function openBus(options: OpenBusOptions = {}): Promise<Bus> {
  const { folder = process.cwd(), data, dev = false, name = process.env.HMS_SYNC_NAME, onError, signal } = options
  const project = await loadProject({ folder, flags: { ...(data === undefined ? {} : { data }), dev }, env: process.env })
  const opened = await openProject(project, { log: openLog(project.config.logLevel.value) })
  const bus = busOver(async (handlers) => sessionChannel(opened.bus, project.config.limits, handlers), {
    ...(name === undefined ? {} : { name }),
    ...(onError === undefined ? {} : { onError }),
  })
  await bus.welcomed.catch(async (error: unknown) => {
    await opened.close()
    throw error
  })
  const closeClient = bus.close.bind(bus)
  let closing: Promise<void> | undefined
  const close = (closeOptions?: { readonly timeoutMs?: number }) => {
    signal?.removeEventListener('abort', abort)
    return closeClient(closeOptions).finally(() => opened.close())
  }
  const closeOnce = (closeOptions?: { readonly timeoutMs?: number }) => (closing ??= close(closeOptions))
  const abort = () => void closeOnce().catch(() => {})
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return Object.assign(bus, { close: closeOnce })
}
