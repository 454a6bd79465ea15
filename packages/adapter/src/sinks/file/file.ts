import { Collected } from '../../faults.js'
import type { Sink } from '../../sink.js'
import { type FileOptions, readFileOptions } from './file-options.js'
import { FileSink } from './file-sink.js'

/**
 * Writes each event as a line into a file, for a warehouse to fetch. A file appears under its name when it is whole, at
 * once and for good; until then it is hidden. What a crash leaves half written is cut off, and what comes again is
 * recognised: each event is in the files once.
 * @throws SyncError `invalid_config` with every fault of the options.
 */
export function file(options: FileOptions): Sink {
  const collected = new Collected()
  const settings = readFileOptions({ ...options }, '', collected)
  collected.throwIfAny('file()')
  return new FileSink(settings!)
}
