/** The bug: a dead letter counts as delivered once it is on its way again. */
import { dist } from './dist.mjs'

const { ProgressWriter } = await dist('delivery/consumption/progress-writer.js')
const { write } = ProgressWriter.prototype
ProgressWriter.prototype.write = function (moving, ...changes) {
  const early = (change) => (change.kind === 'dead_letter_state' && change.state === 'redriving' ? { ...change, state: 'done' } : change)
  return write.call(this, moving, ...changes.map(early))
}
