/** The bug: a delivery that fails is taken for done. */
import { dist } from './dist.mjs'

const { Consumption } = await dist('delivery/consumption/consumption.js')
Consumption.prototype.failed = function (entry) {
  return this.done(entry, false)
}
Consumption.prototype.excused = function (entry) {
  this.done(entry, false)
}
