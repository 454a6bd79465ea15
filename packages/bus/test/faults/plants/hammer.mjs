/** The bug: a system that is out of reach is sent everything all the same. */
import { dist } from './dist.mjs'

const { Target } = await dist('delivery/targets/target.js')
Target.prototype.allowance = () => Number.POSITIVE_INFINITY
