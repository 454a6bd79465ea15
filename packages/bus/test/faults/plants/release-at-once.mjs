/** The bug: when a system answers again, everything that waited goes out as fast as it can. */
import { dist } from './dist.mjs'

const { Target } = await dist('delivery/targets/target.js')
const { allowance } = Target.prototype
Target.prototype.allowance = function () {
  return this.health().state === 'recovering' ? Number.POSITIVE_INFINITY : allowance.call(this)
}
