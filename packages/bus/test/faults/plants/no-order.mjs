/** The bug: events of one key run side by side, the newest first. */
import { dist } from './dist.mjs'

const { Lanes } = await dist('delivery/consumption/lanes.js')
const { accept, take } = Lanes.prototype
Lanes.prototype.accept = function (event, attempts, waits) {
  const { topic, partition, offset, id, source, received, wire } = event
  return accept.call(this, { topic, partition, offset, key: null, id, source, received, wire }, attempts, waits)
}
Lanes.prototype.take = function () {
  const first = take.call(this)
  const second = first === null ? null : take.call(this)
  if (second === null) return first
  this.handBack([first])
  return second
}
