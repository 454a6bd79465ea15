/** The bug: what was acknowledged shortly before the end is not written. */
import { dist } from './dist.mjs'

const { ProgressWriter } = await dist('delivery/consumption/progress-writer.js')
const { write } = ProgressWriter.prototype
let closing = false
process.on('SIGTERM', () => {
  closing = true
})
ProgressWriter.prototype.write = function (...args) {
  return closing ? Promise.resolve() : write.apply(this, args)
}
ProgressWriter.prototype.close = () => Promise.resolve()
