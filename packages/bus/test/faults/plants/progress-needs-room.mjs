/** The bug: on a full disk acknowledgements are refused like events. */
import { dist } from './dist.mjs'

const { Writer } = await dist('sqlite/writer.js')
const { write } = Writer.prototype
Writer.prototype.write = function (job, settled) {
  return write.call(this, { ...job, grows: true }, settled)
}
