import type { DataFolderState } from '../sqlite/inspect-folder.js'

/** The state of the data folder in words. */
export function describeDataFolder({ exists, bytes, owner }: DataFolderState): string {
  if (!exists) return 'not there yet; the first start makes it'
  const size = `${(bytes / 1_048_576).toFixed(1)} MiB`
  if (owner === null) return `${size}, owned by no process`
  return `${size}, owned by process ${owner.pid} on ${owner.host} since ${owner.since}${owner.alive ? '' : ', which is gone: the next start takes it over'}`
}
