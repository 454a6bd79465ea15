/** The bug: a system that fails holds up every other one. */
import { dist } from './dist.mjs'

const { Target } = await dist('delivery/targets/target.js')
const { allowance, failed } = Target.prototype
const failing = new Set()
Target.prototype.failed = function (...args) {
  failing.add(this)
  return failed.apply(this, args)
}
Target.prototype.allowance = function () {
  const others = [...failing].some((target) => target !== this && !target.healthy)
  return others ? 0 : allowance.call(this)
}
