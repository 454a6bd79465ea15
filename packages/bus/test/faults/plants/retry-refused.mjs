/** The bug: what a system refuses is tried again as if it had failed. */
import { dist } from './dist.mjs'

const { Verdicts } = await dist('delivery/targets/verdicts.js')
const { end } = Verdicts.prototype
Verdicts.prototype.end = function (flight, outcome) {
  return end.call(this, flight, outcome.outcome === 'refused' ? { ...outcome, outcome: 'retry', scope: 'event' } : outcome)
}
