import type { Store } from '../../store/store.js'
import type { Groups } from '../groups/groups.js'

/**
 * Asked when a list of one group is empty: refuses a name that no group has and that nothing is stored of, which was
 * misspelt. What a removed adapter has left stays to be looked at. @throws SyncError `unknown_group` with the nearest name.
 */
export async function mustBeKnown(name: string | undefined, { groups, store }: { readonly groups: Groups; readonly store: Store }) {
  if (name === undefined || groups.find(name) !== undefined) return
  if ((await store.deadLetters({ group: name }, 1)).length > 0) return
  for await (const _ of store.attempts({ group: name })) return
  groups.get(name)
}
