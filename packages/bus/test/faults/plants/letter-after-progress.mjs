/** The bug: a dead letter is written after the progress that counts its event as finished. */
import { dist } from './dist.mjs'

const { ProgressWriter } = await dist('delivery/consumption/progress-writer.js')
const { write } = ProgressWriter.prototype
ProgressWriter.prototype.write = function (moving, ...changes) {
  const letters = changes.filter(({ kind }) => kind === 'dead_letter')
  if (letters.length > 0) setTimeout(() => write.call(this, moving, ...letters).catch(() => {}), 500)
  return write.call(this, moving, ...changes.filter(({ kind }) => kind !== 'dead_letter'))
}
