/**
 * The fault: SIGKILL at a chosen commit of some work. `HMS_SYNC_DIE` names it: `append`, `apply` or `trim`, which of its
 * commits (from 1), and `before` or `after`.
 */
import { dist } from './dist.mjs'

const [work, nth, side] = process.env.HMS_SYNC_DIE.split(' ')
const { EmbeddedEngine } = await dist('engines/embedded/embedded-engine.js')
const { SyncBus } = await dist('bus.js')
const { Writer } = await dist('sqlite/writer.js')
const [owner, method] = { append: [EmbeddedEngine, 'append'], apply: [SyncBus, 'apply'], trim: [EmbeddedEngine, 'trim'] }[work]
const original = owner.prototype[method]
let left = Number.POSITIVE_INFINITY
owner.prototype[method] = function (...args) {
  if (left === Number.POSITIVE_INFINITY) left = Number(nth)
  return original.apply(this, args)
}

const die = () => process.kill(process.pid, 'SIGKILL')
// Events are written, everything else is committed: traffic meanwhile does not count among the commits of other work.
const via = work === 'append' ? 'write' : 'commit'
const write = Writer.prototype[via]
Writer.prototype[via] = function (job, settled) {
  if (--left !== 0) return write.call(this, job, settled)
  if (side === 'before') return die()
  return via === 'write' ? write.call(this, job, die) : write.call(this, job).then(die)
}

// What runs by itself each half minute: here without end.
if (work === 'trim') {
  const { open } = SyncBus
  SyncBus.open = async (...args) => {
    const bus = await open.apply(SyncBus, args)
    setInterval(() => bus.trim().catch(() => {}), 50).unref()
    return bus
  }
}
