import type { Project } from '../registry/config.js'

/** What adapters find in `process.env`: the project's variables, and the folder that their paths are relative to. */
export function adapterEnvironment({ config, environment }: Project): Readonly<Record<string, string>> {
  return { ...environment.all(), HMS_SYNC_FOLDER: config.folder }
}
