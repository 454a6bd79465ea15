/** The bug: what a member had under way when it left is taken for done. */
import { dist } from './dist.mjs'

const { Group } = await dist('delivery/groups/group.js')
const { leave } = Group.prototype
Group.prototype.leave = function (member) {
  for (const consumption of this.consumptions) {
    consumption.handBack = (entries) => {
      for (const entry of entries) consumption.done(entry, false).catch(() => {})
    }
  }
  leave.call(this, member)
  for (const consumption of this.consumptions) delete consumption.handBack
}
