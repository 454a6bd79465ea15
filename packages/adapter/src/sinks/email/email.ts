import { Collected } from '../../faults.js'
import type { Sink } from '../../sink.js'
import { type EmailOptions, readEmailOptions } from './email-options.js'
import { EmailSink } from './email-sink.js'

/**
 * Sends each event as a mail. At least once: a try whose answer was lost is made again, with the same Message-ID. A topic
 * that is `exactly_once` needs `acceptDuplicates: true` beside it.
 * @throws SyncError `invalid_config` with every fault of the options.
 */
export function email(options: EmailOptions): Sink {
  const collected = new Collected()
  const settings = readEmailOptions({ ...options }, '', collected)
  collected.throwIfAny('email()')
  return new EmailSink(settings!)
}
