/** The bug: the writer says that events are stored, and stores them a moment later. */
import { dist } from './dist.mjs'

const { Transactions } = await dist('sqlite/transaction.js')
const { run } = Transactions.prototype
Transactions.prototype.run = function (jobs) {
  if (!jobs.some((job) => job.grows)) return run.call(this, jobs)
  setTimeout(() => run.call(this, jobs), 300)
  return []
}
