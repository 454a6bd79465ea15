/** The bug: a try that finds the system out of reach counts as a try of the event. */
import { dist } from './dist.mjs'

const { Consumption } = await dist('delivery/consumption/consumption.js')
Consumption.prototype.excused = function (entry, reason) {
  if (entry.attempts > 0) return void this.giveUp(entry, { reason, errorClass: 'connection' }).catch(() => {})
  this.failed(entry, reason, 10).catch(() => {})
}
