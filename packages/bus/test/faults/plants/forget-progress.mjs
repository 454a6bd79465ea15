/** The bug: an acknowledgement is answered and not written. */
import { dist } from './dist.mjs'

const { ProgressWriter } = await dist('delivery/consumption/progress-writer.js')
ProgressWriter.prototype.write = () => Promise.resolve()
ProgressWriter.prototype.note = () => {}
