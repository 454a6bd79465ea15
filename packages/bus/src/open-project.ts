import { AdapterHost } from './adapters/adapter-host.js'
import { SyncBus } from './bus.js'
import { type Clock, systemClock } from './clock.js'
import type { Log } from './observe/log.js'
import { openStorage } from './open-storage.js'
import type { Project } from './registry/config.js'

export interface OpenProjectOptions {
  readonly log: Log
  readonly clock?: Clock
  /** Topics whose data may be lost when the files ask for it. */
  readonly acceptLoss?: readonly string[]
}

export interface OpenedProject {
  readonly bus: SyncBus
  readonly adapters: AdapterHost
  /** Adapters hand back, the bus flushes, the data folder is given free. May be called twice. */
  close(): Promise<void>
}

/**
 * Opens what a project folder describes: its data, its bus, its adapters. The one place that chooses an engine and a
 * store. @throws SyncError `data_folder_in_use`, `data_version`, `storage_failed`, `disk_full`, `change_refused`.
 */
export async function openProject(
  project: Project,
  { log, clock = systemClock, acceptLoss = [] }: OpenProjectOptions,
): Promise<OpenedProject> {
  const { config } = project
  const { engine, store, close: closeStorage } = await openStorage({ engine: config.engine.value, folder: config.data.value })
  const bus = await SyncBus.open({ project, engine, store, clock, log }, acceptLoss).catch(async (error: unknown) => {
    await closeStorage()
    throw error
  })
  const closeBus = () => bus.close().finally(closeStorage)
  const adapters = await AdapterHost.start({ bus, project, log, clock }).catch(async (error: unknown) => {
    await closeBus()
    throw error
  })
  let closing: Promise<void> | undefined
  const close = () => adapters.close().finally(closeBus)
  return { bus, adapters, close: () => (closing ??= close()) }
}
